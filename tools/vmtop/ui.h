/* SPDX-License-Identifier: GPL-2.0-only */
/* What the user has chosen on the screen, the keys that change it, and the picture made from it. */
#ifndef VMTOP_UI_H
#define VMTOP_UI_H

#include "tools/vmtop/child.h"
#include "tools/vmtop/fleet.h"

#define UI_INPUT 64
#define UI_PATH	 256

/** What the keys are for. */
enum ui_mode { UI_TABLE, UI_HELP, UI_FILTER, UI_EXPORT };

struct ui {
	enum ui_mode mode;
	const struct view *view;
	size_t selected; /* of the fleet */
	struct {
		int sort;
		bool reverse;
	} order[VIEWS];				 /* of each view */
	char filter[UI_INPUT], former[UI_INPUT]; /* "": none; and before it was edited */
	char path[UI_PATH];			 /* of an export, as it is typed */
	bool export;				 /* do it */
	char message[UI_PATH + 128];		 /* what came of it; "": nothing to say */
	bool open;				 /* a row is open: */
	struct detail_key opened;
	unsigned opened_vm; /* whose row it is, in view vms */
	struct row chosen;  /* the row at the cursor, in the last picture */
	bool has_chosen;
	bool paused;
	bool split; /* two VMs side by side where the screen is wide enough */
	bool quit;
	bool repaint;		       /* the whole screen, with the next picture */
	enum scope scope, ended_scope; /* of running VMs, and of those that have ended */
	size_t cursor;	     /* the row chosen, among those that the filter lets through */
	bool cursor_shown;   /* a key has moved it */
	size_t scroll, room; /* the table's first row, and how many the last picture had */
	size_t rows;	     /* that there were to be shown */
	double speed;	     /* of a replay; 0: live */
	bool to_end;	     /* the replay goes to its end at once */
};

void ui_init(struct ui *ui, const struct view *view, int sort, bool replay);
/** Obey a key (screen_key). */
void ui_key(struct ui *ui, int key, const struct fleet *fleet);
/** Write what is seen to ui->path, and note what came of it. */
void ui_export(struct ui *ui, const struct fleet *fleet);
/** Draw everything, and note what of the table could be seen. @child may be NULL. */
void ui_draw(struct ui *ui, const struct fleet *fleet, const struct child *child);

#endif
