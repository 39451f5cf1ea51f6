# SPDX-License-Identifier: GPL-2.0-only
# vtbench: its options, small matrices on the real engine, repeatability, exact counts.
E2E_TESTS += bench-options bench-matrix bench-repeat bench-ends bench-trace
CHECK_FILES += $(bench_PROGRAMS)
