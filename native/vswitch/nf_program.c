#include "nf_program.h"

#include <signal.h>
#include <stdio.h>

#include "../base/clock.h"

static volatile int stop;

static void on_signal(int signal)
{
	(void)signal;
	stop = 1;
}

int nf_program_start(const char *program, int argc, char **argv)
{
	char error[256];
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	if (!netvm_nf.start || netvm_nf.start(argc, argv, error, sizeof error) == 0)
		return 0;
	fprintf(stderr, "%s: %s\n", program, error);
	return 2;
}

int nf_program_stops(void)
{
	return stop;
}

static char verdict[32], stopped[32], ring[32], refused[32];

static void write_names(int index)
{
	snprintf(verdict, sizeof verdict, "drop.nf%d.verdict", index);
	snprintf(stopped, sizeof stopped, "drop.nf%d.stopped", index);
	snprintf(ring, sizeof ring, "drop.nf%d.ring_full", index);
	snprintf(refused, sizeof refused, "drop.nf%d.refused", index);
}

int nf_program_telemetry(struct telemetry *t, const char *file, int index)
{
	const char *const names[NF_COUNTERS_HOST] = {"rx.packets", verdict, stopped, "link.up", "gaps", "gap.cycles", "cycles.busy"};
	write_names(index);
	return telemetry_create(t, file, names, NF_COUNTERS_HOST, 0, clock_tsc_hz());
}

int nf_program_telemetry_in(struct telemetry *t, void *memory, uint64_t bytes, int index, uint32_t counters)
{
	const char *const names[NF_COUNTERS_PACKET] = {"rx.packets", verdict, stopped, "link.up", ring, refused};
	write_names(index);
	return telemetry_create_in(t, memory, bytes, names, counters, clock_tsc_hz());
}
