# SPDX-License-Identifier: GPL-2.0-only
# vmtop. Debian packages: libncurses-dev (ncursesw), libjansson-dev.

PROGRAMS  += vmtop
MAN_PAGES += docs/man/vmtop.1
vmtop_CORE := $(addprefix tools/vmtop/,batch.c child.c columns.c fleet.c interactive.c json.c layout.c \
	lines.c model.c options.c panels.c report.c restore.c screen.c stop.c ui_draw.c ui_keys.c)
vmtop_SRC  := tools/vmtop/main.c $(vmtop_CORE)
vmtop_LIBS := -lncursesw -ltinfo -ljansson -lm
