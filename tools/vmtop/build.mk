# SPDX-License-Identifier: GPL-2.0-only
# vmtop. Debian packages: libncurses-dev (ncursesw), libjansson-dev, libelf-dev.

PROGRAMS  += vmtop
MAN_PAGES += docs/man/vmtop.1
vmtop_CORE := $(addprefix tools/vmtop/,batch.c child.c collect.c collect_detail.c collect_exit.c \
	collect_phase.c columns.c compare.c detail.c export.c fleet.c glyphs.c interactive.c items.c json.c \
	layout.c layout_detail.c layout_header.c lines.c model.c options.c panels.c parts.c report.c \
	restore.c rows.c screen.c settings.c stop.c ui_draw.c ui_keys.c views.c what.c) \
	$(symbols_SRC) $(bars_SRC)
vmtop_SRC  := tools/vmtop/main.c $(vmtop_CORE)
vmtop_LIBS := -lncursesw -ltinfo -ljansson -lm $(symbols_LIBS)
