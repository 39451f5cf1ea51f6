# SPDX-License-Identifier: GPL-2.0-only
# The trace library: events, ring, recorded traces, live channel, statistics. It needs libc only.

trace_SRC := trace/names.c trace/hist.c trace/counts.c trace/stats.c trace/error.c \
	trace/checksum.c trace/packet.c trace/ctf_metadata.c trace/ctf_writer.c trace/metadata.c \
	trace/source.c trace/source_dir.c trace/stream.c trace/file_window.c \
	trace/source_live.c trace/ring_reader.c trace/channel.c trace/publish.c
trace_LIBS :=
