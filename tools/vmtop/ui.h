/* SPDX-License-Identifier: GPL-2.0-only */
/* What the user has chosen on the screen, the keys that change it, and the picture made from it. */
#ifndef VMTOP_UI_H
#define VMTOP_UI_H

#include "tools/vmtop/child.h"
#include "tools/vmtop/fleet.h"

struct ui {
	size_t selected; /* of the fleet */
	int sort;
	bool reverse;
	bool paused;
	bool help;
	bool split; /* two VMs side by side where the screen is wide enough */
	bool quit;
	bool repaint;		       /* the whole screen, with the next picture */
	enum scope scope, ended_scope; /* of running VMs, and of those that have ended */
	size_t scroll;
	double speed; /* of a replay; 0: live */
	bool to_end;  /* the replay goes to its end at once */
};

void ui_init(struct ui *ui, int sort, bool replay);
/** Obey a key (screen_key). */
void ui_key(struct ui *ui, int key, size_t vms);
/** Draw everything. @child may be NULL. */
void ui_draw(const struct ui *ui, const struct fleet *fleet, const struct child *child);

#endif
