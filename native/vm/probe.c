#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "archive.h"
#include "guest.h"

/* On hardware it takes a second; where a guest is stuck, nobody waits long for nothing. */
#define PROBE_MS 8000

static int say(int kvm, const char *reason)
{
	/* Reasons are in printable characters; quotes and backslashes would end the string. */
	printf("{\"kvm\":%s", kvm ? "true" : "false");
	if (reason) {
		printf(",\"reason\":\"");
		for (; *reason; reason++)
			putchar(*reason == '"' || *reason == '\\' ? '\'' : *reason);
		putchar('"');
	}
	printf("}\n");
	return 0;
}

static int verdict(const struct guest *g, enum guest_end end)
{
	char words[SINK_SAYING + 1], reason[2 * SINK_SAYING];
	const char *says = sink_last_words(&g->console_log, words);
	if (end == GUEST_LEFT && g->nf_status == 0 && g->nf_signal == 0)
		return say(1, NULL);
	if (end == GUEST_TOLD_TO_END)
		return 130;
	if (end == GUEST_NOT_READY)
		snprintf(reason, sizeof reason, "/dev/kvm opens, but a guest did not run on it within %d s; its console ends: %s", PROBE_MS / 1000, says);
	else if (WIFEXITED(g->qemu_status) && WEXITSTATUS(g->qemu_status) == 127)
		return 3; /* no QEMU: said already */
	else
		snprintf(reason, sizeof reason, "/dev/kvm opens, but a guest died on it; its console ends: %s", says);
	return say(0, reason);
}

int vm_probe(const struct vm_options *o)
{
	/* init is what it runs for a moment: a process that is not the first one and told to do nothing leaves at once. */
	char *argv[] = {"/init", NULL};
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	char reason[128];
	if (kvm < 0) {
		snprintf(reason, sizeof reason, "/dev/kvm: %s", strerror(errno));
		return say(0, reason);
	}
	close(kvm);
	struct guest g = {.core = -1, .ready_ms = PROBE_MS, .hung_ms = PROBE_MS};
	struct qemu_guest q = {.program = o->qemu, .accel = "kvm", .kernel = o->kernel, .memory_mb = o->memory_mb, .bells = -1, .boot_core = -1};
	q.initrd = vm_archive_make(o, argv);
	if (q.initrd < 0 || guest_open_lines(&g, &q, NULL) != 0 || guest_start(&g, &q) != 0)
		return 3;
	return verdict(&g, guest_watch(&g));
}
