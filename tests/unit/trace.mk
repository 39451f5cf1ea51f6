# SPDX-License-Identifier: GPL-2.0-only
UNIT_TESTS += names hist stats ctf source-dir ring publish trace-v1

names_SRC := tests/unit/test_names.c
hist_SRC := tests/unit/test_hist.c
stats_SRC := tests/unit/test_stats.c
ctf_SRC := tests/unit/test_ctf.c tests/unit/trace_fixture.c
source-dir_SRC := tests/unit/test_source_dir.c tests/unit/trace_fixture.c
ring_SRC := tests/unit/test_ring.c tests/unit/trace_fixture.c
publish_SRC := tests/unit/test_publish.c tests/unit/trace_fixture.c
ifneq ($(HAVE_ZSTD),)
UNIT_TESTS += zip
zip_SRC := tests/unit/test_zip.c tests/unit/trace_fixture.c
endif
trace-v1_SRC := tests/unit/test_trace_v1.c
UNIT_TESTS += checksum
checksum_SRC := tests/unit/test_checksum.c
