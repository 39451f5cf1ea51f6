// SPDX-License-Identifier: GPL-2.0-only
#include "tools/vtrun/verdict.h"

#include <inttypes.h>

#include "trace/names.h"

static const char *cause_text(unsigned cause)
{
	size_t count;
	const struct vts_name *causes = vts_hows(VTS_KIND_VM_STOP, &count);

	for (size_t i = 0; i < count; i++) {
		if (causes[i].number == cause)
			return causes[i].text;
	}
	return "for a reason that this vtrun does not know";
}

/** What the cause's detail word says, in words. */
static void detail_print(const struct vts_event *stop)
{
	char number[12];

	switch (stop->how) {
	case VTS_VM_STOP_UNHANDLED_EXIT:
		fprintf(stderr, ": exit reason %u, %s", (unsigned)stop->vm_stop.detail,
			vts_name_or_number(vts_exit_reason_name((unsigned)stop->vm_stop.detail),
					   (unsigned)stop->vm_stop.detail, number));
		break;
	case VTS_VM_STOP_OUTSIDE_MEMORY:
		fprintf(stderr, ": guest-physical address 0x%" PRIx64, stop->vm_stop.detail);
		break;
	case VTS_VM_STOP_ENTRY_FAILURE:
		fprintf(stderr, ": VM-instruction error %" PRIu64, stop->vm_stop.detail);
		break;
	default:
		if (stop->vm_stop.detail)
			fprintf(stderr, ": detail 0x%" PRIx64, stop->vm_stop.detail);
	}
}

int verdict(const struct vts_event *stop, const char *guest, bool native)
{
	char number[12];

	if (stop->how == VTS_VM_STOP_GUEST_EXIT)
		return stop->vm_stop.status & 0xff;
	fprintf(stderr, "vtrun: %s: ended by the %s: %s (%s)", guest, native ? "machine" : "VMM",
		vts_name_or_number(vts_how_name(VTS_KIND_VM_STOP, stop->how), stop->how, number),
		cause_text(stop->how));
	detail_print(stop);
	if (stop->vm_stop.rip)
		fprintf(stderr, ", guest RIP 0x%" PRIx64, stop->vm_stop.rip);
	fprintf(stderr, ", after %" PRIu64 " exits\n", stop->vm_stop.exits);
	return stop->how == VTS_VM_STOP_NO_VMX ? STATUS_FAILED : STATUS_VMM;
}
