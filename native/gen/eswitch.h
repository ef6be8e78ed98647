/*
 * An SR-IOV NIC's embedded switch, emulated: the frames of the wire and of the virtual functions (VFs) go where their destination address
 * says (abi/vf.h), each VF behind a memif of its own. It runs in the generator's loop, on the generator's core, as a NIC's DMA and
 * switching run on no core of the host: the device's core neither copies nor switches.
 *
 * Its place in the loop is the wire's: what is sent goes to VF 0, which takes all of the wire's frames (promiscuous, as the VF of a function
 * in the middle of a wire has to be), and what is received is what VFs have sent to the wire. A turn moves a burst from every VF, as much as
 * the sender sends in a turn: where the switch is too slow, the sender is late, and the trial says so.
 *
 * A VF without a free buffer loses the frame, as on a NIC. All of it is used by one thread, that of the loop.
 */
#ifndef NETVM_GEN_ESWITCH_H
#define NETVM_GEN_ESWITCH_H

#include "../abi/vf.h"
#include "memif_ring.h"

struct watch;

/* Counters of the whole switch; those of each VF follow (eswitch_count). */
enum eswitch_counter {
	ESWITCH_CYCLES_BUSY,   /* of turns that moved frames between VFs or to the wire */
	ESWITCH_CYCLES_WORKED, /* of the whole loop, in turns in which something was sent, switched or received */
	ESWITCH_DROP_UNKNOWN,
	ESWITCH_DROP_MALFORMED,
	ESWITCH_COUNTERS,
};

enum eswitch_vf_counter {
	ESWITCH_VF_RX, /* frames put into its receive ring */
	ESWITCH_VF_TX, /* frames taken from its transmit ring */
	ESWITCH_VF_DROP_FULL,
	ESWITCH_VF_DROP_DOWN,
	ESWITCH_VF_COUNTERS,
};

#define ESWITCH_COUNTERS_MAX (ESWITCH_COUNTERS + NETVM_VFS_MAX * ESWITCH_VF_COUNTERS)

static inline uint32_t eswitch_count(uint32_t vf, enum eswitch_vf_counter counter)
{
	return ESWITCH_COUNTERS + vf * ESWITCH_VF_COUNTERS + counter;
}

/* Names of all counters, in that order; those of so many VFs are ESWITCH_COUNTERS + vfs * ESWITCH_VF_COUNTERS. */
const char *const *eswitch_counter_names(void);

struct eswitch {
	uint32_t vfs;
	struct memif_server *vf[NETVM_VFS_MAX];
	uint64_t *count;     /* of the telemetry, or of a test */
	struct watch *watch; /* of the loop */
	uint32_t first;      /* the VF that a turn begins with, then downwards */
	uint32_t pinned;     /* VFs whose frames the receiver looks at; one bit each */
	uint32_t sent;       /* frames and bytes that the sender put in since the last turn */
	uint64_t sent_bytes;
	uint64_t turned;     /* when the last turn ended */
	uint64_t moved;      /* when the last turn that moved a frame ended */
};

/* Listens at `wire`.vf0, `wire`.vf1 and so on. Returns NULL with a sentence on stderr. */
struct eswitch *eswitch_open(const char *wire, uint32_t vfs);

/* Where it counts and whose loop it is in, before the first trial. */
void eswitch_join(struct eswitch *es, uint64_t *count, struct watch *watch);

void eswitch_close(struct eswitch *es);

/* Whether the wire's frames have somewhere to go: VF 0 is up. */
int eswitch_link_up(const struct eswitch *es);

/* As their namesakes in io.h. eswitch_peek does a turn; n is IO_BURST. */
uint32_t eswitch_reserve(struct eswitch *es, uint8_t **to, uint32_t n);
uint32_t eswitch_commit(struct eswitch *es, const uint16_t *lengths, uint32_t n);
uint32_t eswitch_peek(struct eswitch *es, struct io_frame *frames, uint32_t n);
void eswitch_release(struct eswitch *es);
void eswitch_rest(struct eswitch *es);

/* Between trials nobody turns, so what was on its way stays there. Turns until nothing has moved for `quiet` ticks, or for `limit` at most. */
void eswitch_settle(struct eswitch *es, uint64_t quiet, uint64_t limit);

int eswitch_has_queue(struct eswitch *es);

#endif
