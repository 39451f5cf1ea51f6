/* SPDX-License-Identifier: GPL-2.0-only */
/* Every workload of this folder, for a guest that runs several. */
#ifndef WORKLOADS_WORKLOADS_H
#define WORKLOADS_WORKLOADS_H

#include "workloads/lib/workload.h"

extern const struct workload null_workload, cpuid_workload, vmcall_workload, msr_workload,
    demand_workload, ptemod_workload, pgfault_workload, syscall_workload, ctxswitch_workload,
    invlpg_workload, mmapchurn_workload, tlbchase_workload, console_workload, in_workload,
    cr8wr_workload, callret_workload, divzero_workload, wptoggle_workload, remap_workload,
    cowfork_workload, ptsweep_workload, timer_workload, ipi_workload, hlt_workload, mmio_workload,
    blockread_workload, blockwrite_workload;

#endif
