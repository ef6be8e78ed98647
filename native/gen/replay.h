/*
 * Frames of a capture file, to be sent as they were recorded. A capture is anybody's file: it is read by libpcap (pcap and
 * pcapng, either byte order, us and ns), bounded, and refused as a whole where a record is not a frame this wire can carry.
 */
#ifndef NETVM_GEN_REPLAY_H
#define NETVM_GEN_REPLAY_H

#include <stdint.h>

#include "arrival.h"
#include "frame.h"

#define REPLAY_RECORDS_MAX ARRIVAL_GAPS_MAX
#define REPLAY_BYTES_MAX (256u << 20)
/* Nobody waits longer between two packets of a measurement. */
#define REPLAY_GAP_NS_MAX 600000000000ull

struct replay_frame {
	uint32_t offset; /* in `bytes`, on a cache line */
	uint16_t length; /* without CRC, padded to what Ethernet carries */
	uint16_t tag_at; /* where our 18 bytes go; 0: no room for them, so this one is only counted */
	uint16_t checksum_at; /* of TCP or UDP; 0: none to be kept right */
	uint16_t sum;    /* of all that the checksum covers but our bytes */
};

struct replay {
	uint8_t *bytes;
	struct replay_frame *frames;
	uint64_t *times_ns; /* since the first record */
	uint32_t n;
	uint32_t tagged;  /* of them */
	uint8_t *taken_tags; /* 65536 bits: what frames without our bytes have where a tag would be */
};

struct replay_request {
	const char *file;
	int recorded; /* its times are used: they must not go back, nor all agree */
	int tag;      /* write sequence numbers and times over the ends of payloads */
};

/*
 * Returns 0, or -1 with `file: record N at byte B: what is wrong and what was expected` in `error`, and nothing kept. Offsets
 * are those of the record's (or its block's) first byte.
 */
int replay_load(struct replay *r, const struct replay_request *request, char error[256]);
void replay_free(struct replay *r);

/* The first tag from `tag` on that no frame has by chance; -1 where there is none. */
int replay_free_tag(const struct replay *r, uint16_t tag);

/* Our bytes end with the frame, on an even offset: sums need it, and the receiver knows nothing but the length. */
static inline uint32_t replay_tag_at(uint32_t length)
{
	return (length - FRAME_PAYLOAD_BYTES) & ~1u;
}

/* Writes the frame; `frame` has room for FRAME_ROOM_BYTES. The payload only goes where tag_at is not 0. */
static inline void replay_write(const struct replay *r, const struct replay_frame *f, const struct frame_payload *payload,
				uint8_t *frame)
{
	for (uint32_t at = 0; at < f->length; at += 64)
		__builtin_memcpy(frame + at, r->bytes + f->offset + at, 64);
	if (f->tag_at == 0)
		return;
	__builtin_memcpy(frame + f->tag_at, payload, FRAME_PAYLOAD_BYTES);
	if (f->checksum_at == 0)
		return;
	uint16_t checksum = (uint16_t)~frame_fold(f->sum + frame_payload_sum(payload));
	if (checksum == 0)
		checksum = 0xffff; /* the same number; and UDP's 0 means none */
	__builtin_memcpy(frame + f->checksum_at, &checksum, 2);
}

#endif
