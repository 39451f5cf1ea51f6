// SPDX-License-Identifier: GPL-2.0-only
/* Reasons and hypercalls of several origins: names, and rows of the statistics. */
#include <asm/kvm.h>
#include <asm/svm.h>
#include <asm/vmx.h>
#include <criterion/criterion.h>

#include "trace/names.h"
#include "trace/stats.h"

Test(kvm_rows, every_named_reason_has_a_row_of_its_own)
{
	bool used[VTS_STATS_REASONS] = {false};
	size_t count;
	const struct vts_name *names = vts_exit_reasons(&count);

	for (size_t i = 0; i < count; i++) {
		unsigned row = vts_stats_reason_row(names[i].number);

		if (names[i].number == VTS_SVM_INVALID) {
			cr_assert_eq(row, VTS_STATS_REASONS - 1);
			continue;
		}
		cr_assert_lt(row, VTS_STATS_REASONS - 1, "%s", names[i].name);
		cr_assert(!used[row], "%s", names[i].name);
		used[row] = true;
	}
}

Test(kvm_rows, a_row_leads_back_to_its_reason)
{
	for (unsigned reason = 0; reason < 0x10000; reason++) {
		unsigned row = vts_stats_reason_row(reason);

		cr_assert_lt(row, VTS_STATS_REASONS);
		if (row < VTS_STATS_REASONS - 1)
			cr_assert_eq(vts_stats_row_reason(row), reason);
	}
	cr_assert_eq(vts_stats_row_reason(VTS_STATS_REASONS - 1), 127);
}

Test(kvm_rows, a_row_leads_back_to_its_hypercall)
{
	for (unsigned number = 0; number < 0x10000; number++) {
		unsigned row = vts_stats_call_row(number);

		cr_assert_lt(row, VTS_STATS_CALLS);
		if (row != VTS_STATS_CALL_OTHER)
			cr_assert_eq(vts_stats_row_call(row), number);
	}
}

/* The kernel's own lists, as its headers for programs have them. */
static const struct {
	unsigned long long code;
	const char *name;
} of_intel[] = {VMX_EXIT_REASONS}, of_amd[] = {SVM_EXIT_REASONS};

Test(kvm_rows, every_reason_that_the_kernel_knows_has_a_name)
{
	for (size_t i = 0; i < sizeof(of_intel) / sizeof(*of_intel); i++)
		cr_assert(vts_exit_reason_name((unsigned)of_intel[i].code), "%s", of_intel[i].name);
	for (size_t i = 0; i < sizeof(of_amd) / sizeof(*of_amd); i++) {
		unsigned code = (unsigned)of_amd[i].code;

		if (code >= 0x80000000) /* KVM's own, and -1 */
			continue;
		cr_assert(vts_exit_reason_name(VTS_SVM_BASE + code), "%s", of_amd[i].name);
	}
}

Test(kvm_rows, origins_do_not_mix)
{
	cr_assert_str_eq(vts_exit_reason_name(VTS_REASON_CPUID), "cpuid");
	cr_assert_str_eq(vts_exit_reason_name(VTS_SVM_BASE + 0x72), "svm_cpuid");
	cr_assert_str_eq(vts_exit_reason_name(VTS_SVM_BASE + 0x400), "svm_npf");
	cr_assert_str_eq(vts_exit_reason_name(VTS_USER_BASE + 6), "user_mmio");
	cr_assert(!vts_exit_reason_name(VTS_RAW_BASE | 10));
	cr_assert_str_eq(vts_hypercall_name(VTS_KVM_HYPERCALL_BASE + 10), "kvm_send_ipi");
}
