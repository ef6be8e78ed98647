/*
 * What the launcher of a virtual machine (vm/) and what runs in it (guest/) agree upon.
 *
 * Files: init runs what NETVM_GUEST_RUN says, its arguments one behind the other, each ended by a 0. The launcher adds it to the initramfs, with the files that
 * an NF's options name.
 *
 * Serial lines: ttyS0 is the console; ttyS2 takes what the NF prints; on ttyS1 the guest says one word a line, and the launcher wakes it with any byte.
 *
 * Devices: an ivshmem-plain is the region of the guest's domain or, of an NF behind a network device, its telemetry. An ivshmem-doorbell, where there is one, has the bells: a guest cannot wake a process by a futex, so
 * it rings, and the launcher wakes. Its shared memory is one page, struct netvm_guest_page.
 */
#ifndef NETVM_ABI_GUEST_H
#define NETVM_ABI_GUEST_H

#include <stdint.h>

#include "region.h"

#define NETVM_GUEST_RUN "/netvm/run"
#define NETVM_GUEST_RUN_BYTES 65536
#define NETVM_GUEST_CONSOLE "ttyS0"
#define NETVM_GUEST_CONTROL "/dev/ttyS1"
#define NETVM_GUEST_OUTPUT "/dev/ttyS2"

/* Words of the control line. */
#define NETVM_GUEST_ALIVE "alive" /* every NETVM_GUEST_ALIVE_MS, from init: the guest's kernel schedules */
#define NETVM_GUEST_READY "ready" /* the NF is ready */
#define NETVM_GUEST_EXIT "exit"   /* ... and its status: the NF has left */
#define NETVM_GUEST_KILLED "killed" /* ... and the signal's number: the NF was killed */
#define NETVM_GUEST_ALIVE_MS 500

/* Bells, which are the vectors of the launcher as the doorbell's peer: those below are of the slot of that number. */
#define NETVM_BELL_HOST NETVM_MAX_NFS /* netvmd has work */
#define NETVM_BELL_ASLEEP (NETVM_MAX_NFS + 1) /* the guest's NF sleeps: wake it by its slot's word */
#define NETVM_BELL_CLOCK (NETVM_MAX_NFS + 2) /* what is the time? */
#define NETVM_BELLS (NETVM_MAX_NFS + 3)
#define NETVM_BELL_PEER 1u

/* Registers of the doorbell's BAR 0. */
#define NETVM_BELL_REGISTER 12

static inline uint32_t netvm_bell(uint32_t vector)
{
	return NETVM_BELL_PEER << 16 | vector;
}

/* A guest's TSC does not start with the host's. It asks by NETVM_BELL_CLOCK, and the answer's number grows. */
struct netvm_guest_page {
	uint64_t answers;
	uint64_t host_tsc;
};

#endif
