/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the BPF programs read of the kernel: the fields alone, by name. CO-RE finds them in the running
 * kernel's BTF (of vmlinux, or of the module kvm), wherever they lie there and however wide they are.
 */
#ifndef TRACE_BPF_KERNEL_H
#define TRACE_BPF_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

struct task_struct;

#define KERNEL __attribute__((preserve_access_index))

struct trace_event_raw_kvm_exit {
	unsigned int exit_reason;
	unsigned long guest_rip;
	uint32_t isa;
	uint64_t info1, info2;
	unsigned int vcpu_id;
} KERNEL;

/* The kernel's struct kvm_vcpu, not ours. */
struct kvm_vcpu___kernel {
	int vcpu_id;
} KERNEL;

struct trace_event_raw_kvm_page_fault {
	uint64_t fault_address, error_code;
} KERNEL;

struct trace_event_raw_kvm_pio {
	unsigned int rw, port, size, count, val;
} KERNEL;

struct trace_event_raw_kvm_mmio {
	uint32_t type, len;
	uint64_t gpa, val;
} KERNEL;

struct trace_event_raw_kvm_msr {
	unsigned int write;
	uint32_t ecx;
	uint64_t data;
	uint8_t exception;
} KERNEL;

struct trace_event_raw_kvm_cr {
	unsigned int rw, cr;
	unsigned long val;
} KERNEL;

struct trace_event_raw_kvm_hypercall {
	unsigned long nr, a0, a1, a2, a3;
} KERNEL;

struct trace_event_raw_kvm_inj_virq {
	unsigned int vector; /* since Linux 6.0 */
	bool soft, reinjected;
	unsigned int irq; /* before */
} KERNEL;

struct trace_event_raw_kvm_inj_exception {
	uint8_t exception, has_error;
	uint32_t error_code;
	bool reinjected; /* since Linux 6.0 */
} KERNEL;

/* kvmmmu: a shadow page, or a page of the nested tables, is given up. */
struct trace_event_raw_kvm_mmu_page_class {
	uint64_t gfn;
	uint32_t role;
} KERNEL;

struct trace_event_raw_fast_page_fault {
	uint64_t old_spte, new_spte;
} KERNEL;

struct trace_event_raw_kvm_pv_tlb_flush {
	bool need_flush_tlb;
} KERNEL;

#endif
