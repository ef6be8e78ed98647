/*
 * netvm-vm: an NF in a virtual machine. It starts QEMU and ends with it, and QEMU with us; keeps the console's log; watches for a guest that does not come up, dies or hangs;
 * and wakes, for the guest, whom it has work for, and the guest when somebody has work for it. To netvmd we are the NF: it is our pid that the slot names.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/telemetry.h"
#include "../nflib/launch.h"
#include "archive.h"
#include "bells.h"
#include "guest.h"
#include "options.h"
#include "probe.h"
#include "region.h"
#include "relay.h"

#define CANNOT 3
#define GUEST_FAULT 4
#define ARGUMENTS_MAX 240 /* of the NF */

/* The relay's thread goes on until the process ends, and what it reaches with it. */
static struct vm_region region;
static struct bells bells;
static struct relay relay;

/* What the guest's init is to run: the NF, its place, and its own options. */
static int make_archive(const struct vm_options *o)
{
	static char path[4096], place[16], pid[16], mode[16];
	char *argv[ARGUMENTS_MAX + 16];
	int n = 0;
	const char *slash = strrchr(o->nf, '/');
	snprintf(path, sizeof path, "/nf/%s", slash ? slash + 1 : o->nf);
	if (o->region)
		snprintf(place, sizeof place, "--slot=%d", o->slot);
	else
		snprintf(place, sizeof place, "--index=%d", o->index);
	snprintf(pid, sizeof pid, "--pid=%d", (int)getpid());
	snprintf(mode, sizeof mode, "--mode=%s", o->mode);
	if (o->nf_argc > ARGUMENTS_MAX) {
		fprintf(stderr, "netvm-vm: an NF in a guest takes %d words of options at most\n", ARGUMENTS_MAX);
		return -1;
	}
	argv[n++] = path;
	argv[n++] = place;
	argv[n++] = pid;
	argv[n++] = mode;
	argv[n++] = "--";
	for (int i = 0; i < o->nf_argc; i++)
		argv[n++] = o->nf_argv[i];
	argv[n] = NULL;
	return vm_archive_make(o, argv);
}

/* One sentence on how it ended. Returns the exit status. */
static int explain(const struct vm_options *o, const struct guest *g, enum guest_end end)
{
	char words[SINK_SAYING + 1];
	const char *says = sink_last_words(&g->console_log, words);
	switch (end) {
	case GUEST_LEFT:
		if (g->nf_signal != 0)
			break;
		return g->nf_status == 127 ? CANNOT : g->nf_status;
	case GUEST_NOT_READY:
		fprintf(stderr, "netvm-vm: the guest's NF was not ready within %d s; the console (%s) ends: %s\n", o->ready_s, o->serial, says);
		return GUEST_FAULT;
	case GUEST_HUNG:
		fprintf(stderr, "netvm-vm: the guest has given no sign of life for %d s; the console (%s) ends: %s\n", o->hung_s, o->serial, says);
		return GUEST_FAULT;
	case GUEST_ENDED:
		if (WIFEXITED(g->qemu_status) && WEXITSTATUS(g->qemu_status) == 127)
			return CANNOT; /* said by the child already */
		fprintf(stderr, "netvm-vm: QEMU %s %d before the guest's NF had left; the console (%s) ends: %s\n",
			WIFSIGNALED(g->qemu_status) ? "was killed by signal" : "ended with status",
			WIFSIGNALED(g->qemu_status) ? WTERMSIG(g->qemu_status) : WEXITSTATUS(g->qemu_status), o->serial, says);
		return GUEST_FAULT;
	default: return GUEST_FAULT;
	}
	fprintf(stderr, "netvm-vm: in the guest, the NF was killed by signal %d; the console (%s) ends: %s\n", g->nf_signal, o->serial, says);
	return GUEST_FAULT;
}

/* Returns 0, or -1 with a sentence on stderr. */
static int start(const struct vm_options *o, struct guest *g, struct qemu_guest *q)
{
	q->initrd = make_archive(o);
	if (q->initrd < 0 || guest_open_lines(g, q, o->serial) != 0 || guest_start(g, q) != 0)
		return -1;
	close(q->initrd);
	return 0;
}

static int run_on_region(const struct vm_options *o, struct guest *g, struct qemu_guest *q, enum guest_end *end)
{
	if (vm_region_open(&region, o->region) != 0 || bells_open(&bells, &region) != 0)
		return -1;
	g->bells = &bells;
	q->region_bytes = region.file_bytes;
	q->bells = bells.qemu;
	if (start(o, g, q) != 0)
		return -1;
	relay = (struct relay){.asleep = bells.event[NETVM_BELL_ASLEEP], .line = g->control, .word = vm_region_word(&region, (uint32_t)o->slot)};
	if (relay_start(&relay) != 0)
		return -1;
	*end = guest_watch(g);
	vm_region_clear_hole(&region);
	return 0;
}

static int run_on_network(const struct vm_options *o, struct guest *g, struct qemu_guest *q, enum guest_end *end)
{
	int telemetry = open(o->telemetry, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (telemetry < 0 || ftruncate(telemetry, TELEMETRY_DEVICE_BYTES) != 0) {
		fprintf(stderr, "netvm-vm: %s: %s\n", o->telemetry, strerror(errno));
		return -1;
	}
	close(telemetry);
	if (start(o, g, q) != 0)
		return -1;
	*end = guest_watch(g);
	return 0;
}

static int run(const struct vm_options *o)
{
	enum guest_end end;
	struct guest g = {.core = o->boot_core >= 0 ? o->core : -1, .ready_ms = o->ready_s * 1000, .hung_ms = o->hung_s * 1000};
	struct qemu_guest q = {.program = o->qemu,
			       .accel = o->accel,
			       .kernel = o->kernel,
			       .memory_mb = o->memory_mb,
			       .region = o->region,
			       .vhost = o->vhost,
			       .tap = o->tap,
			       .index = o->index,
			       .telemetry = o->telemetry,
			       .boot_core = o->boot_core};
	launch_settle("netvm-vm", o->core, launch_mode("netvm-vm", o->mode)); /* QEMU inherits it */
	if ((o->region ? run_on_region : run_on_network)(o, &g, &q, &end) != 0)
		return CANNOT;
	if (end == GUEST_TOLD_TO_END) { /* as an NF in a process ends */
		sigset_t all;
		sigemptyset(&all);
		sigprocmask(SIG_SETMASK, &all, NULL);
		return 128 + SIGTERM; /* where the signal was taken already */
	}
	if (end == GUEST_LEFT && g.nf_status == 0 && g.nf_signal == 0) {
		printf("{\"vm\":\"%s\",\"readyMs\":%ld,\"wokeOthers\":%lu,\"wasWoken\":%lu}\n", o->nf, g.up_ms - g.start_ms, bells.answered,
		       __atomic_load_n(&relay.woken, __ATOMIC_RELAXED));
		fflush(stdout);
	}
	return explain(o, &g, end);
}

int main(int argc, char **argv)
{
	struct vm_options o = vm_options_read(argc, argv);
	return o.probe ? vm_probe(&o) : run(&o);
}
