/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/what.h"

#include <inttypes.h>
#include <stdio.h>

#include "trace/names.h"

/** SDM vol. 3, table 28-5: bit 3 set: IN, bits 31:16 the port. Key: port << 1 | in. */
static uint64_t port_key(const struct vts_event *exit)
{
	uint64_t qualification = exit->exit.qualification;

	return (qualification >> 16 & 0xffff) << 1 | (qualification >> 3 & 1);
}

bool what_key(const struct vts_event *exit, uint64_t *key)
{
	switch (exit->reason) {
	case VTS_REASON_IO_INSTRUCTION:
		*key = port_key(exit);
		return true;
	case VTS_REASON_CPUID:
	case VTS_REASON_VMCALL:
		*key = exit->exit.qualification;
		return true;
	case VTS_REASON_RDMSR:
	case VTS_REASON_WRMSR:
		*key = (uint32_t)exit->exit.qualification;
		return true;
	case VTS_REASON_CR_ACCESS: /* SDM vol. 3, table 28-3: bits 3:0 the register, 5:4 the access */
		*key = exit->exit.qualification & 0x3f;
		return true;
	case VTS_REASON_EXCEPTION_NMI:
	case VTS_REASON_EXTERNAL_INTERRUPT: /* bits 7:0 of the interruption information, in gpa */
		*key = exit->exit.gpa & 0xff;
		return true;
	default:
		*key = exit->exit.qualification;
		return *key != 0;
	}
}

const char *what_title(unsigned reason)
{
	switch (reason) {
	case VTS_REASON_IO_INSTRUCTION:
		return "port";
	case VTS_REASON_CPUID:
		return "leaf";
	case VTS_REASON_VMCALL:
		return "hypercall";
	case VTS_REASON_RDMSR:
	case VTS_REASON_WRMSR:
		return "msr";
	case VTS_REASON_CR_ACCESS:
		return "register";
	case VTS_REASON_EXCEPTION_NMI:
	case VTS_REASON_EXTERNAL_INTERRUPT:
		return "vector";
	default:
		return "qualification";
	}
}

void what_label(unsigned reason, uint64_t key, char *text, size_t size)
{
	static const char *const access[] = {"mov_to", "mov_from", "clts", "lmsw"};
	const char *name = key <= UINT32_MAX ? vts_hypercall_name((unsigned)key) : NULL;

	switch (reason) {
	case VTS_REASON_IO_INSTRUCTION:
		snprintf(text, size, "0x%03" PRIx64 " %s", key >> 1, key & 1 ? "in" : "out");
		break;
	case VTS_REASON_CPUID:
		snprintf(text, size, "0x%" PRIx32 ", subleaf 0x%" PRIx32, (uint32_t)key,
			 (uint32_t)(key >> 32));
		break;
	case VTS_REASON_VMCALL:
		if (name)
			snprintf(text, size, "%s", name);
		else
			snprintf(text, size, "%" PRIu64, key);
		break;
	case VTS_REASON_CR_ACCESS:
		snprintf(text, size, "cr%u %s", (unsigned)key & 0xf, access[key >> 4 & 3]);
		break;
	case VTS_REASON_EXCEPTION_NMI:
	case VTS_REASON_EXTERNAL_INTERRUPT:
		snprintf(text, size, "%" PRIu64, key);
		break;
	default:
		snprintf(text, size, "0x%" PRIx64, key);
	}
}
