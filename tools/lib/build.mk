# SPDX-License-Identifier: GPL-2.0-only
# What several tools share: include the list in a program's sources, and the libraries. Debian package: libelf-dev.

symbols_SRC  := $(patsubst %,tools/lib/%.c,symbols symbols_elf symbols_text)
symbols_LIBS := -lelf
unwind_SRC   := $(patsubst %,tools/lib/%.c,unwind unwind_orc)
bars_SRC     := tools/lib/bars.c
