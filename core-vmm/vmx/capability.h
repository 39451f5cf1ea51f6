/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_VMM_VMX_CAPABILITY_H
#define CORE_VMM_VMX_CAPABILITY_H

#include <stdint.h>

struct capability;

#endif
