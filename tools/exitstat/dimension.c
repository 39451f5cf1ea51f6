// SPDX-License-Identifier: GPL-2.0-only
/*
 * What exits can be broken down by. Each dimension takes its key from the exit record, or from a
 * detail recorded within the exit, so that an exit counts once and with its whole latency.
 */
#include <inttypes.h>
#include <string.h>

#include "dimension.h"
#include "dimension_where.h"
#include "trace/names.h"

#define PAGE_SHIFT 12

static void number_or_name(const char *name, uint64_t number, char *text, size_t size)
{
	if (name)
		snprintf(text, size, "%s", name);
	else
		snprintf(text, size, "%" PRIu64, number);
}

static void json_put_name(json_t *object, const char *key, const char *name, uint64_t number)
{
	char text[DIMENSION_LABEL_MAX];

	number_or_name(name, number, text, sizeof(text));
	json_put_text(object, key, text);
}

/* reason */

static bool reason_key(const struct exit_group *group, const struct guest *guest, uint64_t *key)
{
	(void)guest;
	*key = group->exit->reason;
	return true;
}

static void reason_label(uint64_t key, const struct guest *guest, char *text, size_t size)
{
	(void)guest;
	number_or_name(vts_exit_reason_name(key), key, text, size);
}

static void reason_json(json_t *object, uint64_t key, const struct guest *guest)
{
	(void)guest;
	json_put_name(object, "reason", vts_exit_reason_name(key), key);
	json_put_count(object, "number", key);
}

/* resolution: of the violation or fault where there is one, else of the exit; key: kind << 8 |
 * how */

static bool resolution_key(const struct exit_group *group, const struct guest *guest, uint64_t *key)
{
	(void)guest;
	*key = VTS_KIND_EXIT << 8 | group->exit->how;
	for (size_t i = 0; i < group->count; i++) {
		const struct vts_event *detail = &group->details[i];

		if (detail->kind == VTS_KIND_EPT_VIOLATION || detail->kind == VTS_KIND_SHADOW_FAULT)
			*key = (uint64_t)detail->kind << 8 | detail->how;
	}
	return true;
}

static void resolution_label(uint64_t key, const struct guest *guest, char *text, size_t size)
{
	unsigned kind = key >> 8, how = key & 0xff;
	char number[12];

	(void)guest;
	snprintf(text, size, "%s: %s", vts_kind_name(kind),
		 vts_name_or_number(vts_how_name(kind, how), how, number));
}

static void resolution_json(json_t *object, uint64_t key, const struct guest *guest)
{
	unsigned kind = key >> 8, how = key & 0xff;

	(void)guest;
	json_put_text(object, "kind", vts_kind_name(kind));
	json_put_name(object, "how", vts_how_name(kind, how), how);
}

/* hypercall */

static bool hypercall_key(const struct exit_group *group, const struct guest *guest, uint64_t *key)
{
	(void)guest;
	*key = group->exit->exit.qualification;
	return group->exit->reason == VTS_REASON_VMCALL;
}

static const char *hypercall_name(uint64_t number)
{
	return number <= UINT32_MAX ? vts_hypercall_name(number) : NULL;
}

static void hypercall_label(uint64_t key, const struct guest *guest, char *text, size_t size)
{
	(void)guest;
	number_or_name(hypercall_name(key), key, text, size);
}

static void hypercall_json(json_t *object, uint64_t key, const struct guest *guest)
{
	(void)guest;
	json_put_name(object, "hypercall", hypercall_name(key), key);
	json_put_count(object, "number", key);
}

/* port and direction; qualification: SDM vol. 3, table 28-5: bit 3 set: IN, bits 31:16 the port.
 * key: port << 1 | in */

static bool port_key(const struct exit_group *group, const struct guest *guest, uint64_t *key)
{
	uint64_t qualification = group->exit->exit.qualification;

	(void)guest;
	*key = (qualification >> 16 & 0xffff) << 1 | (qualification >> 3 & 1);
	return group->exit->reason == VTS_REASON_IO_INSTRUCTION;
}

static void port_label(uint64_t key, const struct guest *guest, char *text, size_t size)
{
	(void)guest;
	snprintf(text, size, "0x%03" PRIx64 " %s", key >> 1, key & 1 ? "in" : "out");
}

static void port_json(json_t *object, uint64_t key, const struct guest *guest)
{
	(void)guest;
	json_put_hex(object, "port", key >> 1);
	json_put_text(object, "direction", key & 1 ? "in" : "out");
}

/* CPUID leaf, and subleaf in bits 63:32 (trace/events.def) */

static bool cpuid_key(const struct exit_group *group, const struct guest *guest, uint64_t *key)
{
	(void)guest;
	*key = group->exit->exit.qualification;
	return group->exit->reason == VTS_REASON_CPUID;
}

static void cpuid_label(uint64_t key, const struct guest *guest, char *text, size_t size)
{
	(void)guest;
	snprintf(text, size, "leaf 0x%" PRIx32 ", subleaf 0x%" PRIx32, (uint32_t)key,
		 (uint32_t)(key >> 32));
}

static void cpuid_json(json_t *object, uint64_t key, const struct guest *guest)
{
	(void)guest;
	json_put_hex(object, "leaf", (uint32_t)key);
	json_put_hex(object, "subleaf", key >> 32);
}

/* MSR and direction; key: write << 32 | MSR */

static bool msr_key(const struct exit_group *group, const struct guest *guest, uint64_t *key)
{
	unsigned reason = group->exit->reason;

	(void)guest;
	*key = (uint64_t)(reason == VTS_REASON_WRMSR) << 32 |
	       (uint32_t)group->exit->exit.qualification;
	return reason == VTS_REASON_RDMSR || reason == VTS_REASON_WRMSR;
}

static void msr_label(uint64_t key, const struct guest *guest, char *text, size_t size)
{
	(void)guest;
	snprintf(text, size, "0x%" PRIx32 " %s", (uint32_t)key, key >> 32 ? "write" : "read");
}

static void msr_json(json_t *object, uint64_t key, const struct guest *guest)
{
	(void)guest;
	json_put_hex(object, "msr", (uint32_t)key);
	json_put_text(object, "direction", key >> 32 ? "write" : "read");
}

/* Control register; qualification: SDM vol. 3, table 28-3: bits 3:0 the register, 5:4 the access.
 */

static const char *const cr_access[] = {"mov_to", "mov_from", "clts", "lmsw"};

static bool cr_key(const struct exit_group *group, const struct guest *guest, uint64_t *key)
{
	(void)guest;
	*key = group->exit->exit.qualification & 0x3f;
	return group->exit->reason == VTS_REASON_CR_ACCESS;
}

static void cr_label(uint64_t key, const struct guest *guest, char *text, size_t size)
{
	(void)guest;
	snprintf(text, size, "cr%u %s", (unsigned)key & 0xf, cr_access[key >> 4 & 3]);
}

static void cr_json(json_t *object, uint64_t key, const struct guest *guest)
{
	(void)guest;
	json_put_count(object, "cr", key & 0xf);
	json_put_text(object, "access", cr_access[key >> 4 & 3]);
}

/* Vector of an exception or interrupt: bits 7:0 of the interruption information, which is in gpa.
 */

static bool vector_key(const struct exit_group *group, const struct guest *guest, uint64_t *key)
{
	unsigned reason = group->exit->reason;

	(void)guest;
	*key = group->exit->exit.gpa & 0xff;
	return reason == VTS_REASON_EXCEPTION_NMI || reason == VTS_REASON_EXTERNAL_INTERRUPT;
}

/** SDM vol. 3, table 6-1. */
static const char *vector_name(uint64_t vector)
{
	static const char *const names[] = {"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM",
					    "#DF", NULL,  "#TS", "#NP", "#SS", "#GP", "#PF", NULL,
					    "#MF", "#AC", "#MC", "#XM", "#VE", "#CP"};

	return vector < sizeof(names) / sizeof(names[0]) ? names[vector] : NULL;
}

static void vector_label(uint64_t key, const struct guest *guest, char *text, size_t size)
{
	(void)guest;
	number_or_name(vector_name(key), key, text, size);
}

static void vector_json(json_t *object, uint64_t key, const struct guest *guest)
{
	(void)guest;
	json_put_count(object, "vector", key);
	json_put_text(object, "name", vector_name(key));
}

/* Guest-physical page: the exit's own, or, under shadow paging, that of the fault it resolved. A
 * fault has one unless the guest's tables gave none: then it is the guest's own fault. */

static bool gpa_key(const struct exit_group *group, const struct guest *guest, uint64_t *key)
{
	(void)guest;
	if (group->exit->flags & VTS_FLAG_GPA_VALID) {
		*key = group->exit->exit.gpa >> PAGE_SHIFT;
		return true;
	}
	for (size_t i = 0; i < group->count; i++) {
		const struct vts_event *detail = &group->details[i];

		if (detail->kind == VTS_KIND_SHADOW_FAULT &&
		    detail->how != VTS_SHADOW_FAULT_TRUE_FAULT) {
			*key = detail->shadow_fault.gpa >> PAGE_SHIFT;
			return true;
		}
	}
	return false;
}

static void gpa_label(uint64_t key, const struct guest *guest, char *text, size_t size)
{
	(void)guest;
	snprintf(text, size, "0x%" PRIx64, key << PAGE_SHIFT);
}

static void gpa_json(json_t *object, uint64_t key, const struct guest *guest)
{
	(void)guest;
	json_put_hex(object, "page", key << PAGE_SHIFT);
}

/* Device that was accessed: of a request through several layers the outermost, whose registers the
 * guest touched; the disk behind it only where that is all there is. */

static bool device_key(const struct exit_group *group, const struct guest *guest, uint64_t *key)
{
	bool found = false;

	(void)guest;
	for (size_t i = 0; i < group->count; i++) {
		const struct vts_event *detail = &group->details[i];

		if (detail->kind != VTS_KIND_IO_REQUEST)
			continue;
		if (!found || *key == VTS_DEVICE_DISK)
			*key = detail->reason;
		found = true;
	}
	return found;
}

static void device_label(uint64_t key, const struct guest *guest, char *text, size_t size)
{
	(void)guest;
	number_or_name(vts_device_name(key), key, text, size);
}

static void device_json(json_t *object, uint64_t key, const struct guest *guest)
{
	(void)guest;
	json_put_name(object, "device", vts_device_name(key), key);
	json_put_count(object, "number", key);
}

#define DIMENSION(id, title_text, column_text)                                                     \
	{                                                                                          \
#id, title_text, column_text, id##_key, id##_label, id##_json, NULL                \
	}

const struct dimension_info dimensions[DIMENSIONS] = {
    [BY_REASON] = DIMENSION(reason, "Exits by reason", "<reason"),
    [BY_RESOLUTION] = DIMENSION(resolution, "Exits by how they were resolved", "<resolution"),
    [BY_HYPERCALL] = DIMENSION(hypercall, "VMCALL exits by hypercall", "<hypercall"),
    [BY_PORT] = DIMENSION(port, "Port I/O exits by port and direction", "<port"),
    [BY_CPUID] = DIMENSION(cpuid, "CPUID exits by leaf", "<CPUID"),
    [BY_MSR] = DIMENSION(msr, "RDMSR and WRMSR exits by MSR", "<MSR"),
    [BY_CR] = DIMENSION(cr, "Control-register exits by register and access", "<register"),
    [BY_VECTOR] = DIMENSION(vector, "Exception and interrupt exits by vector", "<vector"),
    [BY_GPA] = DIMENSION(gpa, "Exits by guest-physical page (4 KiB)", "<page"),
    [BY_RIP] = DIMENSION(rip, "Exits by guest RIP", "<rip"),
    [BY_FUNCTION] = DIMENSION(function, "Exits by guest function", "<function"),
    [BY_STACK] = {"stack", "Exits by guest call stack", "<stack, the innermost first", stack_key,
		  stack_label, stack_json, stack_frame},
    [BY_CR3] = DIMENSION(cr3, "Exits by guest CR3", "<cr3"),
    [BY_PROCESS] = DIMENSION(process, "Exits by guest process", "<process"),
    [BY_PHASE] = DIMENSION(phase, "Exits by the innermost phase", "<phase"),
    [BY_DEVICE] = DIMENSION(device, "Exits by the device accessed", "<device"),
};
