#include "eswitch.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "watch.h"

#define BURST 64u /* from each VF in a turn */
#define FRAME_LEAST 14u

static_assert(NETVM_VFS_MAX <= MEMIF_SERVERS_MAX && NETVM_VFS_MAX <= 32, "a server each, and a bit each");

const char *const *eswitch_counter_names(void)
{
	static char of_vf[NETVM_VFS_MAX][ESWITCH_VF_COUNTERS][32];
	static const char *names[ESWITCH_COUNTERS_MAX] = {
		[ESWITCH_CYCLES_BUSY] = "eswitch.cycles.busy",
		[ESWITCH_CYCLES_WORKED] = "eswitch.cycles.worked",
		[ESWITCH_DROP_UNKNOWN] = "drop.eswitch.unknown_mac",
		[ESWITCH_DROP_MALFORMED] = "drop.eswitch.malformed",
	};
	for (uint32_t i = 0; i < NETVM_VFS_MAX; i++) {
		snprintf(of_vf[i][ESWITCH_VF_RX], sizeof of_vf[0][0], "vf%u.rx.packets", i);
		snprintf(of_vf[i][ESWITCH_VF_TX], sizeof of_vf[0][0], "vf%u.tx.packets", i);
		snprintf(of_vf[i][ESWITCH_VF_DROP_FULL], sizeof of_vf[0][0], "drop.vf%u.full", i);
		snprintf(of_vf[i][ESWITCH_VF_DROP_DOWN], sizeof of_vf[0][0], "drop.vf%u.down", i);
		for (uint32_t k = 0; k < ESWITCH_VF_COUNTERS; k++)
			names[eswitch_count(i, (enum eswitch_vf_counter)k)] = of_vf[i][k];
	}
	return names;
}

struct eswitch *eswitch_open(const char *wire, uint32_t vfs)
{
	struct eswitch *es = calloc(1, sizeof *es);
	if (!es)
		return NULL;
	for (; es->vfs < vfs; es->vfs++) {
		char path[160];
		snprintf(path, sizeof path, "%s.vf%u", wire, es->vfs);
		es->vf[es->vfs] = memif_server_open(path);
		if (!es->vf[es->vfs]) {
			eswitch_close(es);
			return NULL;
		}
	}
	es->first = vfs - 1;
	return es;
}

void eswitch_join(struct eswitch *es, uint64_t *count, struct watch *watch)
{
	es->count = count;
	es->watch = watch;
}

void eswitch_close(struct eswitch *es)
{
	for (uint32_t i = 0; i < es->vfs; i++)
		memif_server_close(es->vf[i]);
	free(es);
}

int eswitch_link_up(const struct eswitch *es)
{
	return memif_link_up(es->vf[0]);
}

uint32_t eswitch_reserve(struct eswitch *es, uint8_t **to, uint32_t n)
{
	return memif_reserve(&es->vf[0]->tx[0], to, n);
}

uint32_t eswitch_commit(struct eswitch *es, const uint16_t *lengths, uint32_t n)
{
	memif_commit(&es->vf[0]->tx[0], lengths, n);
	es->count[eswitch_count(0, ESWITCH_VF_RX)] += n;
	es->sent += n;
	for (uint32_t i = 0; i < n; i++)
		es->sent_bytes += lengths[i];
	return n;
}

/* n frames, all for one VF. What finds no buffer is lost there. Returns the bytes copied. */
static uint64_t deliver(struct eswitch *es, uint32_t vf, const struct io_frame *frames, uint32_t n)
{
	struct memif_end *end = &es->vf[vf]->tx[0];
	uint8_t *to[BURST];
	uint16_t lengths[BURST];
	uint64_t bytes = 0;
	uint32_t room = memif_reserve(end, to, n);
	for (uint32_t i = 0; i < room; i++) {
		memcpy(to[i], frames[i].data, frames[i].length);
		lengths[i] = (uint16_t)frames[i].length;
		bytes += lengths[i];
	}
	memif_commit(end, lengths, room);
	es->count[eswitch_count(vf, ESWITCH_VF_RX)] += room;
	if (room < n)
		es->count[eswitch_count(vf, memif_link_up(es->vf[vf]) ? ESWITCH_VF_DROP_FULL : ESWITCH_VF_DROP_DOWN)] += n - room;
	return bytes;
}

/* Nowhere: no frame that could be delivered, or nobody of that address; a VF does not get back what it has sent itself. */
#define PLACE_MALFORMED 254u
#define PLACE_UNKNOWN 255u

static inline uint8_t place_of(const struct eswitch *es, uint32_t from, const struct io_frame *f)
{
	if (f->length < FRAME_LEAST || f->length > MEMIF_BUFFER_BYTES || f->readable != f->length)
		return PLACE_MALFORMED;
	uint64_t place = netvm_place_of(netvm_read_mac(f->data));
	return place > es->vfs || place == NETVM_PLACE_VF(from) ? PLACE_UNKNOWN : (uint8_t)place;
}

/* Neighbours that go to the same place go together: in a chain that is a whole burst. */
static uint64_t switch_burst(struct eswitch *es, const struct io_frame *frames, const uint8_t *places, uint32_t n, struct io_frame *to_wire)
{
	uint64_t bytes = 0;
	for (uint32_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && places[k] == places[i];)
			k++;
		if (places[i] == PLACE_UNKNOWN)
			es->count[ESWITCH_DROP_UNKNOWN] += k - i;
		else if (places[i] == PLACE_MALFORMED)
			es->count[ESWITCH_DROP_MALFORMED] += k - i;
		else if (places[i] != NETVM_PLACE_WIRE)
			bytes += deliver(es, places[i] - NETVM_PLACE_VF(0), frames + i, k - i);
		else
			for (uint32_t j = i; j < k; j++)
				*to_wire++ = frames[j];
	}
	return bytes;
}

/* A burst from one VF. Returns 0 where it must wait: together with what is there already, too much of it would go to the wire. */
static int take_from(struct eswitch *es, uint32_t vf, struct io_frame *to_wire, uint32_t *found, struct work *done)
{
	struct io_frame frames[BURST];
	uint8_t places[BURST];
	uint32_t n = memif_peek(&es->vf[vf]->rx[0], frames, BURST), wire = 0;
	if (n == 0) {
		if (!memif_link_up(es->vf[vf]))
			memif_end_rest(&es->vf[vf]->tx[0]); /* nobody may send to it any more, and it could not come again */
		return 1;
	}
	for (uint32_t i = 0; i < n; i++) {
		places[i] = place_of(es, vf, &frames[i]);
		wire += places[i] == NETVM_PLACE_WIRE;
	}
	if (*found + wire > BURST)
		return 0;
	done->bytes += switch_burst(es, frames, places, n, to_wire + *found);
	done->packets += n;
	es->count[eswitch_count(vf, ESWITCH_VF_TX)] += n;
	*found += wire;
	if (wire > 0)
		es->pinned |= 1u << vf;
	else
		memif_release(&es->vf[vf]->rx[0]);
	return 1;
}

/* The turn has a look at the clock of its own, so that its work is no gap of the loop; and what the core did is counted. */
static void note_time(struct eswitch *es, uint64_t start, struct work done)
{
	uint64_t now = watch_apart(es->watch, start, done);
	struct work all = {done.packets + es->sent, done.bytes + es->sent_bytes};
	if (done.packets > 0 && now - start <= watch_allowed(es->watch, done))
		es->count[ESWITCH_CYCLES_BUSY] += now - start;
	if (all.packets > 0 && now - es->turned <= watch_allowed(es->watch, all))
		es->count[ESWITCH_CYCLES_WORKED] += now - es->turned;
	es->turned = now;
	if (done.packets > 0)
		es->moved = now;
	es->sent = 0;
	es->sent_bytes = 0;
}

uint32_t eswitch_peek(struct eswitch *es, struct io_frame *frames, uint32_t n)
{
	uint64_t start = netvm_tsc();
	struct work done = {0};
	uint32_t found = 0, vf = es->first;
	assert(n == BURST && es->pinned == 0);
	for (uint32_t i = 0; i < es->vfs; i++, vf = (vf > 0 ? vf : es->vfs) - 1) {
		if (!take_from(es, vf, frames, &found, &done)) {
			es->first = vf; /* the next time, when all of its burst fits */
			break;
		}
	}
	note_time(es, start, done);
	return found;
}

void eswitch_release(struct eswitch *es)
{
	for (uint32_t i = 0; es->pinned != 0; i++) {
		if (es->pinned & 1u << i)
			memif_release(&es->vf[i]->rx[0]);
		es->pinned &= ~(1u << i);
	}
}

void eswitch_settle(struct eswitch *es, uint64_t quiet, uint64_t limit)
{
	struct io_frame frames[BURST];
	uint64_t start = netvm_tsc();
	do {
		eswitch_peek(es, frames, BURST);
		eswitch_release(es);
	} while (es->turned - start < limit && es->turned - (es->moved > start ? es->moved : start) < quiet);
}

void eswitch_rest(struct eswitch *es)
{
	for (uint32_t i = 0; i < es->vfs; i++) {
		memif_end_rest(&es->vf[i]->tx[0]);
		memif_end_rest(&es->vf[i]->rx[0]);
	}
}

int eswitch_has_queue(struct eswitch *es)
{
	int has = memif_end_look(&es->vf[0]->tx[0]) && memif_end_look(&es->vf[0]->rx[0]);
	eswitch_rest(es);
	return has;
}
