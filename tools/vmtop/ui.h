/* SPDX-License-Identifier: GPL-2.0-only */
/* What the user has chosen on the screen, the keys that change it, and the picture made from it. */
#ifndef VMTOP_UI_H
#define VMTOP_UI_H

#include "tools/vmtop/child.h"
#include "tools/vmtop/options.h"
#include "tools/vmtop/fleet.h"
#include "tools/vmtop/layout.h"

#define UI_INPUT 64
#define UI_PATH	 256

/** What the keys are for. */
enum ui_mode { UI_TABLE, UI_HELP, UI_FILTER, UI_EXPORT };

struct ui {
	enum ui_mode mode;
	const struct view *set, *view; /* set: views[] or compares[] */
	size_t selected;	       /* of the fleet */
	struct {
		int sort;
		bool reverse;
	} order[VIEWS];				 /* of each view */
	char filter[UI_INPUT], former[UI_INPUT]; /* "": none; and before it was edited */
	char path[UI_PATH];			 /* of an export, as it is typed */
	bool export;				 /* do it */
	char message[UI_PATH + 128];		 /* what came of it; "": nothing to say */
	bool open;				 /* a row is open: */
	struct detail_key opened[2];		 /* the second: of a comparison's B */
	unsigned opened_vm;			 /* whose row it is, in view vms */

	bool paused;
	bool mouse; /* is listened to */
	bool split; /* two VMs side by side where the screen is wide enough */
	bool quit;
	bool repaint;		       /* the whole screen, with the next picture */
	enum scope scope, ended_scope; /* of running VMs, and of those that have ended */
	size_t cursor;		/* the row chosen, among those that the filter lets through */
	bool cursor_shown;	/* a key has moved it */
	size_t scroll;		/* the table's first row */
	struct picture picture; /* the last one's table */
	double speed;		/* of a replay; 0: live */
	bool to_end;		/* the replay goes to its end at once */
	bool to_start;		/* it begins anew */
	int seek;		/* it goes so many intervals forward */
};

/** As by default; the view and its order come from the options later (ui_options). */
void ui_init(struct ui *ui, const struct view *set, bool replay);
/** What the command line says. */
void ui_options(struct ui *ui, const struct options *options);
/** Obey a key (screen_key). */
void ui_key(struct ui *ui, int key, const struct fleet *fleet);
/** Obey a click, or a turn of the wheel (negative: up), at row @y and column @x. */
void ui_click(struct ui *ui, unsigned y, unsigned x);
void ui_wheel(struct ui *ui, int rows);
/** Write what is seen to ui->path, and note what came of it. */
void ui_export(struct ui *ui, const struct fleet *fleet);
/** Draw everything, and note what of the table could be seen. @child may be NULL. */
void ui_draw(struct ui *ui, const struct fleet *fleet, const struct child *child);

#endif
