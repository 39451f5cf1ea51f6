/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals that ask vmtop to end: noted, obeyed in good order, and passed on to the default action. */
#ifndef VMTOP_STOP_H
#define VMTOP_STOP_H

void stop_install(void);
/** The signal that asked to end, or 0. */
int stop_requested(void);
/** Die of the signal that asked, if one did: our parent shall know. Returns otherwise. */
void stop_obey(void);

#endif
