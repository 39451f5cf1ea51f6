# SPDX-License-Identifier: GPL-2.0-only
# vtbench. Debian packages: libjansson-dev.

vtbench_CORE := $(addprefix bench/,list.c cell.c result.c result_read.c csv.c measure.c console.c disk.c \
	check.c figures.c table.c tables.c tables_apicv.c tables_events.c tables_linux.c tables_requests.c bars.c bars_linux.c counts.c report.c)
PROGRAMS     += vtbench
MAN_PAGES    += docs/man/vtbench.1
vtbench_SRC  := $(vtbench_CORE) $(addprefix bench/,main.c message.c command_run.c command_report.c \
	command_baseline.c run.c store.c progress.c command.c child.c)
vtbench_LIBS := -ljansson -lm

obj/host/bench/%.o obj/asan/bench/%.o: HOST += \
	-DVTB_COMPILER='"$(shell $(CC) --version | head -n1)"'

# Every workload in every mode, and the same with recording compiled out to see what that costs. The
# report is printed even if cells failed; the status says whether some did.
MATRIX_DIR := results/matrix
matrix: all lib/vmm-norecord.elf
	@bin/vtbench run --vmm standard,norecord --force --out $(MATRIX_DIR); status=$$?; \
	[ $$status = 2 ] || bin/vtbench report $(MATRIX_DIR) || status=2; exit $$status

# The same of Linux guests: some twenty minutes.
matrix-linux: all linux/vmlinuz-cloud-amd64
	@bin/vtbench run --suite linux --force --timeout 600 --out results/linux; status=$$?; \
	[ $$status = 2 ] || bin/vtbench report results/linux || status=2; exit $$status
.PHONY: matrix matrix-linux
