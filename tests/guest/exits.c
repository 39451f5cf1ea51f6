// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exits that no other guest provokes: how=NAME, one of the table below. Most come only from
 * controls that the VMM never switches on, or from the machine: the guest switches them on, or
 * sends the signal, with the hooks of vmm-test.elf. tests/e2e/guest-exits.sh says what must follow.
 */
#include "tests/guest/hooks.h"
#include "tests/guest/test.h"
#include "workloads/lib/args.h"

/* VMCS fields, SDM vol. 3, appendix B. */
#define GUEST_INTERRUPT_STATUS 0x0810
#define PML_INDEX	       0x0812
#define MSR_BITMAP	       0x2004
#define ENTRY_MSR_LOAD	       0x200a
#define PML_ADDRESS	       0x200e
#define VIRTUAL_APIC	       0x2012
#define APIC_ACCESS	       0x2014
#define VMFUNC_CONTROLS	       0x2018
#define EPT_POINTER	       0x201a
#define EOI_EXIT_BITMAP	       0x201c /* and the three fields after it, two apart */
#define XSS_BITMAP	       0x202c
#define SUB_PAGE_POINTER       0x2030
#define PROC		       0x4002
#define ENTRY_MSR_COUNT	       0x4014
#define ENTRY_INTERRUPTION     0x4016
#define TPR_THRESHOLD	       0x401c
#define PROC2		       0x401e
#define GUEST_ACTIVITY	       0x4826
#define GUEST_RFLAGS	       0x6820

#define PROC_INVLPG	    (1u << 9)
#define PROC_CR8	    (3u << 19) /* loads and stores */
#define PROC_TPR_SHADOW	    (1u << 21)
#define PROC2_APIC_ACCESSES (1u << 0)
#define PROC2_APIC_REGISTER (1u << 8)
#define PROC2_INTERRUPTS    (1u << 9) /* virtual-interrupt delivery */
#define PROC2_INVPCID	    (1u << 12)
#define PROC2_VMFUNC	    (1u << 13)
#define PROC2_PML	    (1u << 17)
#define PROC2_XSAVES	    (1u << 20)
#define PROC2_SUB_PAGE	    (1u << 23)

/* The local APIC's registers that are used: offset in its page; MSR_X2APIC + offset / 16. */
#define APIC_TPR	  0x80
#define APIC_EOI	  0xb0
#define APIC_ICR	  0x300
#define ICR_SELF	  (1u << 18)
#define ICR_NMI		  (4u << 8)
#define ICR_INIT	  (5u << 8 | 1u << 14)
#define INTERRUPT_VECTOR  0x40
#define ICR_SIPI	  (6u << 8 | 1u << 14)
#define MSR_X2APIC_ICR	  0x830
#define MSR_X2APIC_SVR	  0x80f
#define MSR_APIC_BASE	  0x1b
#define MSR_XSS		  0xda0
#define MSR_VMX_FIRST	  0x480
#define MSR_VMX_LAST	  0x490
#define APIC_BASE_X2APIC  0xc00
#define SVR_ENABLE	  0x1ff
#define XSS_CET		  0x1800
#define INTERRUPTION_MTF  0x80000700
#define EPTP_WALK	  0x1e /* four levels, write-back */
#define EPTP_AD		  0x40
#define EPT_WRITE	  2ul
#define EPT_ACCESSED	  0x100
#define EPT_DIRTY	  0x200
#define EPT_ADDRESS	  0x000ffffffffff000ul
#define EPT_SUB_PAGE	  (1ul << 61)
#define PML_INDEX_OUTSIDE 0xffff

static uint8_t bitmap[PAGE_SIZE] __attribute__((aligned(4096)));
static uint8_t virtual_apic[PAGE_SIZE] __attribute__((aligned(4096)));
static uint8_t apic[PAGE_SIZE] __attribute__((aligned(4096)));
static uint64_t table[512] __attribute__((aligned(4096)));
static uint8_t area[PAGE_SIZE] __attribute__((aligned(4096)));

/** No access to an MSR exits from now on: the guest has the processor's own. */
static void msrs_open(void)
{
	vmcs_set(MSR_BITMAP, physical_of(bitmap));
}

/** The processor's own local APIC, as MSRs. */
static void local_apic_open(void)
{
	msrs_open();
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_X2APIC);
	wrmsr(MSR_X2APIC_SVR, SVR_ENABLE);
}

/** Two of a kind; as nobody ends the first, the local APIC holds back the second. */
static void interrupt(void)
{
	local_apic_open();
	for (unsigned i = 0; i < 2; i++) {
		wrmsr(MSR_X2APIC_ICR, ICR_SELF | INTERRUPT_VECTOR);
		__asm__ volatile("sti\n\tnop\n\tcli" ::: "memory");
	}
}

static void nmi(void)
{
	local_apic_open();
	wrmsr(MSR_X2APIC_ICR, ICR_NMI); /* to processor 0 */
}

static void init(void)
{
	local_apic_open();
	wrmsr(MSR_X2APIC_ICR, ICR_INIT);
}

#define AP_CODE		       0x8000 /* below 1 MiB: nobody's once the VMM has booted */
#define AP_RESET_TIME	       10000
#define ACTIVITY_WAIT_FOR_SIPI 3

/*
 * What processor 1 does: wait until processor 0 waits for it, and send the start-up IPI. Real mode,
 * wherever it lies.
 */
__asm__(".pushsection .text\n"
	".code16\n"
	"ap_code:\n\t"
	"movl $0x1b, %ecx\n\t" /* MSR_APIC_BASE */
	"rdmsr\n\t"
	"orl $0xc00, %eax\n\t" /* APIC_BASE_X2APIC */
	"wrmsr\n\t"
	"movl $1000000, %ecx\n"
	"1:\tdecl %ecx\n\t"
	"jnz 1b\n\t"
	"movl $0x830, %ecx\n\t" /* MSR_X2APIC_ICR */
	"xorl %edx, %edx\n\t"
	"movl $0x4601, %eax\n\t" /* ICR_SIPI, vector 1 */
	"wrmsr\n"
	"2:\thlt\n\t"
	"jmp 2b\n"
	"ap_code_end:\n\t"
	".code64\n"
	".popsection");
extern const uint8_t ap_code[], ap_code_end[];

/** Needs a second processor; without it the wait has no end. */
static void sipi(void)
{
	local_apic_open();
	for (unsigned i = 0; i < (unsigned)(ap_code_end - ap_code); i += 8)
		hypercall(TEST_POKE, AP_CODE + i, *(const uint64_t *)(ap_code + i));
	wrmsr(MSR_X2APIC_ICR, 1ul << 32 | ICR_INIT);
	for (uint64_t end = rdtsc() + AP_RESET_TIME; rdtsc() < end;)
		;
	wrmsr(MSR_X2APIC_ICR, 1ul << 32 | ICR_SIPI | AP_CODE >> 12);
	vmcs_set(GUEST_ACTIVITY, ACTIVITY_WAIT_FOR_SIPI);
}

static void tpr(void)
{
	virtual_apic[APIC_TPR] = 0xf0;
	vmcs_set(VIRTUAL_APIC, physical_of(virtual_apic));
	vmcs_set(TPR_THRESHOLD, 4);
	vmcs_set(PROC, (vmcs_get(PROC) & ~(uint64_t)PROC_CR8) | PROC_TPR_SHADOW);
	__asm__ volatile("mov %0, %%cr8" ::"r"(3ul));
}

static void apic_virtualize(uint64_t controls)
{
	vmcs_set(VIRTUAL_APIC, physical_of(virtual_apic));
	vmcs_set(APIC_ACCESS, physical_of(apic));
	vmcs_or(PROC, PROC_TPR_SHADOW);
	vmcs_or(PROC2, PROC2_APIC_ACCESSES | controls);
}

static void apic_store(unsigned offset)
{
	*(volatile uint32_t *)(apic + offset) = 0;
}

static void apic_access(void)
{
	apic_virtualize(0);
	apic_store(APIC_ICR);
}

static void apic_write(void)
{
	apic_virtualize(PROC2_APIC_REGISTER);
	apic_store(APIC_ICR);
}

static void virtualized_eoi(void)
{
	for (unsigned i = 0; i < 4; i++)
		vmcs_set(EOI_EXIT_BITMAP + 2 * i, ~0ul);
	vmcs_set(GUEST_INTERRUPT_STATUS, INTERRUPT_VECTOR << 8); /* in service */
	apic_virtualize(PROC2_INTERRUPTS);
	apic_store(APIC_EOI);
}

/** Pending at the next entry (SDM vol. 3, 27.6.2); the control alone gives none on Bochs 2.7. */
static void monitor_trap_flag(void)
{
	vmcs_set(ENTRY_INTERRUPTION, INTERRUPTION_MTF);
}

static void pml_full(void)
{
	vmcs_set(PML_ADDRESS, physical_of(table));
	vmcs_set(PML_INDEX, PML_INDEX_OUTSIDE);
	vmcs_or(PROC2, PROC2_PML);
	area[0] = 1; /* its page is clean: nothing wrote to it before */
}

static void ept_misconfig(void)
{
	table[0] = EPT_WRITE; /* and no right to read */
	vmcs_set(EPT_POINTER, physical_of(table) | EPTP_WALK);
}

/** Where the EPT entry that maps @page lies; @page is touched, and backed by 4 KiB. */
static uint64_t ept_entry_of(void *page)
{
	uint64_t gpa = (uint64_t)page, entry = vmcs_get(EPT_POINTER), at = 0;

	physical_of(page);
	for (unsigned shift = 39; shift >= 12; shift -= 9) {
		at = (entry & EPT_ADDRESS) + (gpa >> shift & 511) * 8;
		entry = (uint64_t)hypercall(TEST_PEEK, at, 0);
	}
	return at;
}

/** Take the right to write a page, with a table of sub-page rights that has no entry for it. */
static void sub_page(void)
{
	uint64_t at = ept_entry_of(area), entry = (uint64_t)hypercall(TEST_PEEK, at, 0);

	hypercall(TEST_POKE, at, (entry & ~EPT_WRITE) | EPT_SUB_PAGE);
	vmcs_set(SUB_PAGE_POINTER, physical_of(table));
	vmcs_or(PROC2, PROC2_SUB_PAGE);
	area[0] = 1;
}

/** Whether the processor marks what is written: the bits of a page's EPT entry, and of the EPTP. */
static void ept_ad(void)
{
	uint64_t entry = (uint64_t)hypercall(TEST_PEEK, ept_entry_of(area), 0);

	printf("EPTP %s, entry%s%s\n", vmcs_get(EPT_POINTER) & EPTP_AD ? "with A/D" : "without A/D",
	       entry & EPT_ACCESSED ? " accessed" : "", entry & EPT_DIRTY ? " dirty" : "");
}

static void entry_guest_state(void)
{
	vmcs_set(GUEST_RFLAGS, 0); /* bit 1 must be 1 */
}

/** IA32_FS_BASE is what no VM entry may load from the list (SDM vol. 3, 27.4). */
static void entry_msr_loading(void)
{
	table[0] = MSR_FS_BASE;
	vmcs_set(ENTRY_MSR_LOAD, physical_of(table));
	vmcs_set(ENTRY_MSR_COUNT, 1);
}

static void invpcid(void)
{
	vmcs_or(PROC, PROC_INVLPG);
	vmcs_or(PROC2, PROC2_INVPCID);
	__asm__ volatile(TRY("invpcid (%0), %1")::"r"(area), "r"(2ul) : "memory");
	test_trap(VECTOR_UD, 0, "INVPCID");
}

static void vmfunc(void)
{
	vmcs_set(VMFUNC_CONTROLS, 0);
	vmcs_or(PROC2, PROC2_VMFUNC);
	__asm__ volatile(TRY("vmfunc")::"a"(0), "c"(0) : "memory");
	test_trap(VECTOR_UD, 0, "VMFUNC");
}

static void xsaves(void)
{
	msrs_open();
	cr4_write(cr4_read() | CR4_OSXSAVE);
	wrmsr(MSR_XSS, XSS_CET);
	vmcs_set(XSS_BITMAP, ~0ul);
	vmcs_or(PROC2, PROC2_XSAVES);
	__asm__ volatile(TRY("xsaves (%0)")::"r"(area), "a"(~0), "d"(~0) : "memory");
	test_trap(VECTOR_UD, 0, "XSAVES");
	__asm__ volatile(TRY("xrstors (%0)")::"r"(area), "a"(~0), "d"(~0) : "memory");
	test_trap(VECTOR_UD, 0, "XRSTORS");
}

/** Instructions that need no control; what they do here is said in core-vmm/dispatch. */
static void instructions(void)
{
	TRY_PLAIN("invd");
	test_no_trap("INVD");
	TRY_PLAIN("wbinvd");
	test_no_trap("WBINVD");
	__asm__ volatile(TRY("rdpmc")::"c"(0) : "rax", "rdx", "memory");
	test_trap(VECTOR_GP, 0, "RDPMC");
	__asm__ volatile(TRY("monitor")::"a"(area), "c"(0), "d"(0) : "memory");
	test_trap(VECTOR_UD, 0, "MONITOR");
	__asm__ volatile(TRY("mwait")::"a"(0), "c"(0) : "memory");
	test_trap(VECTOR_UD, 0, "MWAIT");
	TRY_PLAIN("rsm");
	test_trap(VECTOR_UD, 0, "RSM");
}

/** What the processor can do, as its MSRs say. */
static void capabilities(void)
{
	msrs_open();
	for (uint32_t msr = MSR_VMX_FIRST; msr <= MSR_VMX_LAST; msr++)
		printf("msr %x %lx\n", msr, try_rdmsr(msr));
}

static const struct {
	const char *name;
	void (*run)(void);
} ways[] = {
    {"interrupt", interrupt},
    {"nmi", nmi},
    {"init", init},
    {"sipi", sipi},
    {"tpr", tpr},
    {"apic_access", apic_access},
    {"apic_write", apic_write},
    {"virtualized_eoi", virtualized_eoi},
    {"monitor_trap_flag", monitor_trap_flag},
    {"pml_full", pml_full},
    {"sub_page", sub_page},
    {"ept_ad", ept_ad},
    {"ept_misconfig", ept_misconfig},
    {"entry_guest_state", entry_guest_state},
    {"entry_msr_loading", entry_msr_loading},
    {"invpcid", invpcid},
    {"vmfunc", vmfunc},
    {"xsaves", xsaves},
    {"instructions", instructions},
    {"capabilities", capabilities},
};

int main(void)
{
	if (!args_check("exits", "how"))
		return 2;
	if (!hooks_present()) {
		printf("exits: this VMM has no test hooks: run with --vmm vmm-test.elf\n");
		return 2;
	}
	for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (!args_is("how", ways[i].name))
			continue;
		ways[i].run();
		test_ok(true, "the guest goes on");
		return test_done();
	}
	printf("exits: how=NAME, with a name from the table at the end of tests/guest/exits.c\n");
	return 2;
}
