/* A running guest: QEMU, what it says on its lines, and whether it lives. */
#ifndef NETVM_VM_GUEST_H
#define NETVM_VM_GUEST_H

#include <stdint.h>
#include <sys/types.h>

#include "bells.h"
#include "qemu.h"
#include "sink.h"

#define GUEST_WORD_BYTES 64

enum guest_end {
	GUEST_RUNS,
	GUEST_LEFT,        /* its NF has left, and then it has powered off: `nf_status`, or `nf_signal` */
	GUEST_ENDED,       /* by itself, before its NF had */
	GUEST_NOT_READY,   /* in time; killed */
	GUEST_HUNG,        /* no sign of life for too long; killed */
	GUEST_TOLD_TO_END, /* by a signal to us; killed */
};

struct guest {
	pid_t qemu;
	int pidfd;
	int signals; /* signalfd of those that end us */
	int console, control, output;
	struct sink console_log, output_log;
	struct bells *bells; /* NULL: none */
	int core;            /* QEMU's once the NF is ready; -1: it stays where it is */
	int64_t ready_ms, hung_ms; /* limits */
	int64_t start_ms, up_ms, alive_ms, left_ms; /* QEMU's start, the NF's readiness, the last sign of life, the NF's end */
	int is_ready, has_left, nf_status, nf_signal;
	int qemu_status; /* as of waitpid */
	char word[GUEST_WORD_BYTES];
	uint32_t word_bytes;
};

/* Opens the lines; `qemu` gets QEMU's ends. Console to the file `serial` (NULL: kept nowhere). Returns 0, or -1 with a sentence on stderr. */
int guest_open_lines(struct guest *g, struct qemu_guest *qemu, const char *serial);

/* Starts QEMU. Returns 0, or -1 with a sentence on stderr. */
int guest_start(struct guest *g, const struct qemu_guest *qemu);

/* Until QEMU has gone, which it makes sure of. */
enum guest_end guest_watch(struct guest *g);

#endif
