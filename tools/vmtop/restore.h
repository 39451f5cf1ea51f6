/* SPDX-License-Identifier: GPL-2.0-only */
/* The terminal is given back as it was, whatever vmtop dies of. */
#ifndef VMTOP_RESTORE_H
#define VMTOP_RESTORE_H

/** Remember the terminal's modes; call before ncurses changes them. */
void restore_remember(void);
/** Once ncurses knows the terminal: from now on a fatal signal first restores it, then kills. */
void restore_arm(void);
/** After the terminal was restored in the ordinary way. */
void restore_disarm(void);

#endif
