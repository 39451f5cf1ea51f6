/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/columns.h"
#include "tools/vmtop/screen.h"
#include "tools/vmtop/ui.h"

#include <string.h>

#define PAGE	  10
#define SPEED_MIN 0.0009765625
#define SPEED_MAX 1048576.0
#define CTRL_L	  ('L' - '@')

void ui_init(struct ui *ui, int sort, bool replay)
{
	memset(ui, 0, sizeof(*ui));
	ui->sort = sort;
	ui->scope = SCOPE_INTERVAL;
	ui->ended_scope = SCOPE_TOTAL;
	ui->speed = replay ? 1 : 0;
}

static void move_sort(struct ui *ui, int step)
{
	size_t count;

	columns(&count);
	ui->sort = (ui->sort + step + (int)count) % (int)count;
}

static void toggle_scope(struct ui *ui)
{
	ui->scope = ui->scope == SCOPE_TOTAL ? SCOPE_INTERVAL : SCOPE_TOTAL;
	ui->ended_scope = ui->ended_scope == SCOPE_TOTAL ? SCOPE_INTERVAL : SCOPE_TOTAL;
}

static void scroll(struct ui *ui, int rows)
{
	if (rows < 0 && ui->scroll < (size_t)-rows)
		ui->scroll = 0;
	else if (ui->scroll + (size_t)rows < VTS_STATS_REASONS)
		ui->scroll += (size_t)rows;
}

static void change_speed(struct ui *ui, double factor)
{
	double speed = ui->speed * factor;

	if (speed >= SPEED_MIN && speed <= SPEED_MAX)
		ui->speed = speed;
}

static void sort_by_key(struct ui *ui, int key)
{
	int column = column_by_key(key);

	if (column >= 0)
		ui->sort = column;
}

static void select_vm(struct ui *ui, size_t vms, size_t step)
{
	if (vms)
		ui->selected = (ui->selected + step) % vms;
}

void ui_key(struct ui *ui, int key, size_t vms)
{
	if (ui->help && key < KEYS_RESIZE && key != 'q') {
		ui->help = false;
		return;
	}
	switch (key) {
	case 'q':
	case KEYS_CLOSED:
		ui->quit = true;
		break;
	case 'h':
	case '?':
	case KEYS_HELP:
		ui->help = true;
		break;
	case 'p':
	case ' ':
		ui->paused = !ui->paused;
		break;
	case 'i':
		toggle_scope(ui);
		break;
	case 'r':
		ui->reverse = !ui->reverse;
		break;
	case 'v':
		ui->split = !ui->split;
		break;
	case '<':
		move_sort(ui, -1);
		break;
	case '>':
		move_sort(ui, 1);
		break;
	case KEYS_TAB:
	case KEYS_RIGHT:
		select_vm(ui, vms, 1);
		break;
	case KEYS_LEFT:
		select_vm(ui, vms, vms - 1);
		break;
	case KEYS_UP:
		scroll(ui, -1);
		break;
	case KEYS_DOWN:
		scroll(ui, 1);
		break;
	case KEYS_PAGE_UP:
		scroll(ui, -PAGE);
		break;
	case KEYS_PAGE_DOWN:
		scroll(ui, PAGE);
		break;
	case KEYS_END:
		ui->to_end = true;
		break;
	case '+':
		change_speed(ui, 2);
		break;
	case '-':
		change_speed(ui, 0.5);
		break;
	case CTRL_L:
		ui->repaint = true;
		break;
	default:
		sort_by_key(ui, key);
	}
}
