// SPDX-License-Identifier: GPL-2.0-only
/* The bars of a Linux guest's boot: what the VMM may add to it. */
#include <math.h>

#include "bench/report.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct vtb_column columns[] = {
    {"workload", "workload", "", 0, NULL},  {"measured", "measured", "ratio", 3, NULL},
    {"limit", "at most", "ratio", 2, NULL}, {"verdict", "verdict", "", 0, NULL},
    {"what", "what", "", 0, NULL},
};

/* The VMM's time against the guest's, under EPT. */
static double share(const struct vtb_result *ept, const struct vtb_result *shadow)
{
	(void)shadow;
	return ept && ept->guest ? (double)ept->vmm / (double)ept->guest : NAN;
}

/* All of it under shadow paging against all of it under EPT; what is idle is in neither. */
static double ratio(const struct vtb_result *ept, const struct vtb_result *shadow)
{
	return ept && shadow && ept->total ? (double)shadow->total / (double)ept->total : NAN;
}

static const struct {
	double (*figure)(const struct vtb_result *ept, const struct vtb_result *shadow);
	double limit;
	const char *what;
} bars[] = {
    {share, 0.05, "EPT: VMM against guest"},
    {ratio, 1.25, "shadow paging against EPT"},
};

static const struct vtb_result *find_boot(const struct vtb_report *report, enum vtb_paging paging,
					  enum vtb_io io)
{
	for (size_t i = 0; i < report->count; i++)
		if (report->results[i].cell.workload == vtb_workload_find("linux-boot"))
			return vtb_report_find(report, &report->results[i].cell, paging, io,
					       VTB_STANDARD);
	return NULL;
}

struct vtb_table vtb_table_linux_bars(const struct vtb_report *report, unsigned *failed,
				      unsigned *missing)
{
	struct vtb_table table = vtb_table_make("linux_bars", "Bars: a boot, idle time excluded",
						report->unit, columns, COUNT(columns), NULL);

	for (unsigned io = 0; io < VTB_IOS && vtb_report_covers(report, "linux-boot"); io++) {
		const struct vtb_result *ept = find_boot(report, VTB_EPT, io);
		const struct vtb_result *shadow = find_boot(report, VTB_SHADOW, io);

		for (size_t i = 0; i < COUNT(bars); i++) {
			double figure = bars[i].figure(ept, shadow);
			json_t *row = vtb_table_add(&table, json_object());

			vtb_row_text(row, "workload",
				     io == VTB_PV ? "linux-boot pv" : "linux-boot");
			vtb_row_number(row, "measured", figure);
			vtb_row_number(row, "limit", bars[i].limit);
			vtb_row_text(row, "verdict",
				     vtb_verdict(figure, bars[i].limit, failed, missing));
			vtb_row_text(row, "what", bars[i].what);
		}
	}
	return table;
}
