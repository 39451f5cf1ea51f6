/* SPDX-License-Identifier: GPL-2.0-only */
/* Exceptions, SDM vol. 3, table 6-1. */
#ifndef CORE_VMM_VECTOR_H
#define CORE_VMM_VECTOR_H

enum {
	VECTOR_DB = 1,
	VECTOR_NMI = 2,
	VECTOR_UD = 6,
	VECTOR_DF = 8,
	VECTOR_SS = 12,
	VECTOR_GP = 13,
	VECTOR_PF = 14,
	VECTOR_AC = 17
};

#endif
