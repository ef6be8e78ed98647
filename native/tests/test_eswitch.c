/* The emulated NIC's embedded switch against scripted virtual functions (VFs), honest and hostile. */
#define _GNU_SOURCE
#include "check.h"

#include <stdio.h>

#include "../gen/eswitch.h"
#include "../gen/watch.h"
#include "memif_client.h"

#define MANY 10u
#define BURST 64u

static char wire[64];
static struct eswitch *es;
static struct client vf[MANY];
static uint16_t taken[MANY]; /* slots of each receive ring that its VF has looked at */
static struct gen_log gen_log;
static struct telemetry telemetry;
static struct watch watch = {.log = &gen_log, .ticks_per_us = 3000};

static void wait_for_link(uint32_t i, int up)
{
	for (int k = 0; k < 20000 && memif_link_up(es->vf[i]) != up; k++)
		usleep(1000);
	assert_int_equal(memif_link_up(es->vf[i]), up);
}

static void plug_in(uint32_t i)
{
	char path[80];
	snprintf(path, sizeof path, "%s.vf%u", wire, i);
	vf[i] = client_connected(path);
	taken[i] = 0;
	wait_for_link(i, 1);
}

static void start(uint32_t vfs)
{
	static uint32_t number;
	char file[80];
	snprintf(wire, sizeof wire, "/tmp/netvm-test-eswitch-%d-%u", getpid(), number++);
	snprintf(file, sizeof file, "%s.tlm", wire);
	assert_int_equal(telemetry_create(&telemetry, file, eswitch_counter_names(), eswitch_count(vfs, 0), 0, 3000000000), 0);
	unlink(file);
	gen_log.telemetry = &telemetry;
	pthread_spin_init(&gen_log.lock, PTHREAD_PROCESS_PRIVATE);
	es = eswitch_open(wire, vfs);
	assert_non_null(es);
	eswitch_join(es, telemetry.values, &watch);
	for (uint32_t i = 0; i < vfs; i++)
		plug_in(i);
}

static void end(void)
{
	uint32_t vfs = es->vfs;
	eswitch_rest(es);
	for (uint32_t i = 0; i < vfs; i++) {
		if (vf[i].base)
			client_leave(&vf[i]);
	}
	eswitch_close(es);
}

static uint64_t count(uint32_t i, enum eswitch_vf_counter c)
{
	return telemetry.values[eswitch_count(i, c)];
}

static uint64_t mac_of(uint32_t place)
{
	return NETVM_PLACES_FIRST_MAC + place;
}

/* VF i has a frame in its transmit ring: to an address, with a mark behind both addresses. */
static void transmit(uint32_t i, uint64_t mac, uint8_t mark, uint32_t length, uint16_t flags)
{
	struct client *c = &vf[i];
	struct memif_desc *d = &c->c2s->desc[c->c2s->head % RING];
	d->flags = flags;
	d->length = length;
	netvm_write_mac(c->base + d->offset, mac);
	c->base[d->offset + 12] = mark;
	__atomic_store_n(&c->c2s->head, (uint16_t)(c->c2s->head + 1), __ATOMIC_RELEASE);
}

/* What VF i finds in its receive ring next: its mark, or -1 where there is none. Its buffer is offered again. */
static int receive(uint32_t i)
{
	struct client *c = &vf[i];
	if (taken[i] == __atomic_load_n(&c->s2c->tail, __ATOMIC_ACQUIRE))
		return -1;
	struct memif_desc *d = &c->s2c->desc[taken[i]++ % RING];
	int mark = c->base[d->offset + 12];
	d->length = BUFFER;
	__atomic_store_n(&c->s2c->head, (uint16_t)(c->s2c->head + 1), __ATOMIC_RELEASE);
	return mark;
}

/* A turn of the loop. Returns how many frames came to the wire; their marks in `marks`. */
static uint32_t turn(uint8_t marks[BURST])
{
	struct io_frame frames[BURST];
	uint32_t n = eswitch_peek(es, frames, BURST);
	for (uint32_t i = 0; i < n; i++)
		marks[i] = frames[i].data[12];
	if (n > 0)
		eswitch_release(es);
	return n;
}

static void send_to_vf0(uint8_t mark)
{
	uint8_t *to[1];
	uint16_t length = 60;
	assert_int_equal(eswitch_reserve(es, to, 1), 1);
	memset(to[0], mark, length);
	assert_int_equal(eswitch_commit(es, &length, 1), 1);
}

static void a_chain_by_address_keeps_its_order(void **state)
{
	(void)state;
	uint8_t marks[BURST];
	start(2);
	for (uint32_t round = 0; round < 30000; round++) { /* three frames each: all indexes wrap at 65536 */
		for (uint32_t k = 0; k < 3; k++)
			send_to_vf0((uint8_t)(round + k));
		for (uint32_t k = 0; k < 3; k++) {
			assert_int_equal(receive(0), (uint8_t)(round + k));
			transmit(0, mac_of(NETVM_PLACE_VF(1)), (uint8_t)(round + k), 60 + k, 0);
		}
		assert_int_equal(turn(marks), 0);
		for (uint32_t k = 0; k < 3; k++) {
			assert_int_equal(receive(1), (uint8_t)(round + k));
			transmit(1, mac_of(NETVM_PLACE_WIRE), (uint8_t)(round + k), 1514, 0);
		}
		assert_int_equal(receive(1), -1);
		assert_int_equal(turn(marks), 3);
		for (uint32_t k = 0; k < 3; k++)
			assert_int_equal(marks[k], (uint8_t)(round + k));
		assert_int_equal(vf[0].c2s->head, vf[0].c2s->tail);
		assert_int_equal(vf[1].c2s->head, vf[1].c2s->tail);
	}
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(count(i, ESWITCH_VF_RX), 90000);
		assert_int_equal(count(i, ESWITCH_VF_TX), 90000);
		assert_int_equal(count(i, ESWITCH_VF_DROP_FULL) + count(i, ESWITCH_VF_DROP_DOWN), 0);
	}
	assert_true(telemetry.values[ESWITCH_CYCLES_BUSY] > 0);
	assert_true(telemetry.values[ESWITCH_CYCLES_WORKED] > telemetry.values[ESWITCH_CYCLES_BUSY]);
	end();
}

static void a_copy_is_the_whole_frame(void **state)
{
	(void)state;
	uint8_t marks[BURST];
	start(2);
	struct memif_desc *from = &vf[0].c2s->desc[0], *to = &vf[1].s2c->desc[0];
	transmit(0, mac_of(NETVM_PLACE_VF(1)), 7, MEMIF_BUFFER_BYTES, 0);
	for (uint32_t i = 13; i < MEMIF_BUFFER_BYTES; i++)
		vf[0].base[from->offset + i] = (uint8_t)(i * 7);
	vf[1].base[to->offset + MEMIF_BUFFER_BYTES] = 0xee;
	assert_int_equal(turn(marks), 0);
	assert_int_equal(to->length, MEMIF_BUFFER_BYTES);
	assert_memory_equal(vf[0].base + from->offset, vf[1].base + to->offset, MEMIF_BUFFER_BYTES);
	assert_int_equal(vf[1].base[to->offset + MEMIF_BUFFER_BYTES], 0xee);
	end();
}

static void nobody_of_that_address(void **state)
{
	(void)state;
	const uint64_t strange[] = {
		mac_of(NETVM_PLACE_VF(2)), /* one behind the last */
		mac_of(NETVM_PLACE_VF(0)), /* its own */
		NETVM_PLACES_FIRST_MAC - 1, 0, 0xffffffffffff, 0x0200000100ff, 0x030000000002,
	};
	uint8_t marks[BURST];
	start(2);
	for (uint32_t i = 0; i < sizeof strange / sizeof *strange; i++)
		transmit(0, strange[i], 1, 60, 0);
	transmit(0, mac_of(NETVM_PLACE_VF(1)), 2, 60, 0);
	assert_int_equal(turn(marks), 0);
	assert_int_equal(telemetry.values[ESWITCH_DROP_UNKNOWN], sizeof strange / sizeof *strange);
	assert_int_equal(receive(1), 2);
	assert_int_equal(receive(0), -1);
	end();
}

static void what_is_no_frame_goes_nowhere(void **state)
{
	(void)state;
	uint8_t marks[BURST];
	start(2);
	transmit(0, mac_of(NETVM_PLACE_VF(1)), 1, 13, 0);
	transmit(0, mac_of(NETVM_PLACE_VF(1)), 1, MEMIF_BUFFER_BYTES + 1, 0);
	transmit(0, mac_of(NETVM_PLACE_WIRE), 1, 100, MEMIF_DESC_NEXT); /* in pieces */
	transmit(0, mac_of(NETVM_PLACE_WIRE), 1, 100, 0);
	transmit(0, mac_of(NETVM_PLACE_WIRE), 5, 14, 0);
	assert_int_equal(turn(marks), 1);
	assert_int_equal(marks[0], 5);
	assert_int_equal(telemetry.values[ESWITCH_DROP_MALFORMED], 3);
	assert_int_equal(receive(1), -1);
	end();
}

static void a_full_vf_loses_what_comes_and_says_so(void **state)
{
	(void)state;
	uint8_t marks[BURST];
	start(2);
	for (uint32_t round = 0; round < 2; round++) {
		for (uint32_t k = 0; k < RING; k++)
			transmit(0, mac_of(NETVM_PLACE_VF(1)), (uint8_t)k, 60, 0);
		turn(marks);
	}
	assert_int_equal(count(1, ESWITCH_VF_RX), RING);
	assert_int_equal(count(1, ESWITCH_VF_DROP_FULL), RING);
	for (uint32_t k = 0; k < RING; k++)
		assert_int_equal(receive(1), (int)k);
	transmit(0, mac_of(NETVM_PLACE_VF(1)), 99, 60, 0);
	turn(marks);
	assert_int_equal(receive(1), 99);
	assert_int_equal(count(0, ESWITCH_VF_TX), 2 * RING + 1);
	end();
}

static void a_vf_that_died_loses_what_comes_and_another_takes_its_place(void **state)
{
	(void)state;
	uint8_t marks[BURST], *to[1];
	start(2);
	transmit(0, mac_of(NETVM_PLACE_VF(1)), 1, 60, 0);
	turn(marks);
	client_leave(&vf[1]);
	for (int k = 0; k < 20000 && memif_link_up(es->vf[1]); k++) {
		turn(marks); /* the server waits until nobody looks at what it is to unmap */
		usleep(1000);
	}
	for (uint32_t k = 0; k < 3; k++)
		transmit(0, mac_of(NETVM_PLACE_VF(1)), 1, 60, 0);
	turn(marks);
	assert_int_equal(count(1, ESWITCH_VF_DROP_DOWN), 3);
	assert_int_equal(count(1, ESWITCH_VF_DROP_FULL), 0);
	/* It comes again without anybody sending to it: a turn alone lets the server go on. */
	turn(marks);
	plug_in(1);
	transmit(0, mac_of(NETVM_PLACE_VF(1)), 4, 60, 0);
	turn(marks);
	assert_int_equal(receive(1), 4);
	assert_true(eswitch_link_up(es));
	client_leave(&vf[0]);
	vf[0].base = NULL;
	for (int k = 0; k < 20000 && eswitch_link_up(es); k++) {
		turn(marks);
		usleep(1000);
	}
	assert_int_equal(eswitch_reserve(es, to, 1), 0);
	assert_false(eswitch_has_queue(es));
	end();
}

/* More comes to the wire in a turn than the receiver looks at: the rest waits in its rings, and no VF waits for ever. */
static void many_vfs_share_the_wire(void **state)
{
	(void)state;
	uint32_t seen[MANY] = {0}, all = 0, rounds = 50;
	uint8_t marks[BURST];
	start(MANY);
	for (uint32_t round = 0; round < rounds; round++) {
		for (uint32_t i = 0; i < MANY; i++) {
			while ((uint16_t)(vf[i].c2s->head - vf[i].c2s->tail) < RING)
				transmit(i, mac_of(NETVM_PLACE_WIRE), (uint8_t)i, 60, 0);
		}
		uint32_t n = turn(marks);
		assert_int_equal(n, BURST); /* 80 wait */
		for (uint32_t k = 0; k < n; k++)
			seen[marks[k]]++;
		all += n;
	}
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(count(i, ESWITCH_VF_TX), seen[i]);
		assert_true(seen[i] * MANY >= all / 2);
	}
	end();
}

/* What is left of a trial goes where it belongs before the next one begins, and that ends although something is sent for ever. */
static void what_is_on_its_way_settles(void **state)
{
	(void)state;
	start(2);
	for (uint32_t k = 0; k < RING; k++) {
		transmit(0, mac_of(NETVM_PLACE_VF(1)), (uint8_t)k, 60, 0);
		transmit(1, mac_of(NETVM_PLACE_WIRE), (uint8_t)k, 60, 0);
	}
	eswitch_settle(es, 300000, 3000000000);
	assert_int_equal(count(0, ESWITCH_VF_TX), RING);
	assert_int_equal(count(1, ESWITCH_VF_TX), RING);
	assert_int_equal(vf[1].c2s->head, vf[1].c2s->tail);
	for (uint32_t k = 0; k < RING; k++)
		assert_int_equal(receive(1), (int)k);
	assert_true(es->moved > 0 && es->turned > es->moved);
	eswitch_settle(es, UINT64_MAX, 300000);
	end();
}

static uint32_t random_state = 1;

static uint32_t draw(uint32_t below)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % below;
}

/* VF 1 writes whatever it likes wherever it may. It is thrown out and comes again; VF 0 and VF 2 never notice. */
static void a_hostile_vf_harms_nobody_else(void **state)
{
	(void)state;
	uint8_t marks[BURST];
	uint32_t refused = 0;
	start(3);
	for (uint32_t round = 0; round < 3000; round++) {
		struct client *c = &vf[1];
		for (uint32_t k = 0; k < 4; k++) {
			struct memif_ring *ring = draw(2) ? c->c2s : c->s2c;
			struct memif_desc *d = &ring->desc[draw(RING)];
			switch (draw(6)) {
			case 0: d->length = draw(8) ? draw(3000) : 0xffffffff - draw(100); break;
			case 1: d->offset = draw(8) ? draw(REGION_BYTES) : 0xffffffff - draw(5000); break;
			case 2: d->region = (uint16_t)draw(40) == 0; break;
			case 3: d->flags = (uint16_t)draw(4); break;
			case 4: c->c2s->head = (uint16_t)(c->c2s->head + draw(12)); break;
			default: c->s2c->head = (uint16_t)(c->s2c->head + draw(draw(20) ? 3 : 30)); break;
			}
		}
		transmit(0, mac_of(NETVM_PLACE_VF(1)), 1, 60, 0);
		transmit(0, mac_of(NETVM_PLACE_VF(2)), (uint8_t)(round | 128), 60, 0);
		turn(marks);
		for (int mark = receive(2), found = 0; !found || mark >= 0; mark = receive(2)) {
			assert_true(mark >= 0); /* what VF 0 sent is among them, whatever VF 1 sent besides */
			found |= mark == (uint8_t)(round | 128);
			if (found)
				break;
		}
		while (receive(2) >= 0)
			continue;
		if (!memif_link_up(es->vf[1])) {
			refused++;
			turn(marks);
			client_leave(&vf[1]);
			plug_in(1);
		}
	}
	assert_true(refused > 0);
	assert_int_equal(count(0, ESWITCH_VF_TX), 6000);
	assert_int_equal(memif_link_up(es->vf[0]) + memif_link_up(es->vf[2]), 2);
	end();
}

/* Its file is made shorter under the switch's eyes (SIGBUS): that VF goes down, another one's memory is not mistaken for it. */
static void a_vf_that_takes_its_memory_away_goes_down_alone(void **state)
{
	(void)state;
	uint8_t marks[BURST];
	start(3);
	for (uint32_t i = 3; i-- > 1;) {
		transmit(0, mac_of(NETVM_PLACE_VF(i)), 1, 60, 0);
		assert_int_equal(ftruncate(vf[i].file, 0), 0);
		turn(marks);
		assert_false(memif_link_up(es->vf[i]));
		munmap(vf[i].base, REGION_BYTES);
		vf[i].base = NULL;
	}
	assert_true(memif_link_up(es->vf[0]));
	transmit(0, mac_of(NETVM_PLACE_WIRE), 9, 60, 0);
	assert_int_equal(turn(marks), 1);
	end();
}

static void counters_have_names(void **state)
{
	(void)state;
	const char *const *names = eswitch_counter_names();
	for (uint32_t i = 0; i < ESWITCH_COUNTERS_MAX; i++) {
		assert_non_null(names[i]);
		for (uint32_t k = 0; k < i; k++)
			assert_string_not_equal(names[i], names[k]);
	}
	assert_string_equal(names[eswitch_count(15, ESWITCH_VF_DROP_DOWN)], "drop.vf15.down");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_by_address_keeps_its_order),
		cmocka_unit_test(a_copy_is_the_whole_frame),
		cmocka_unit_test(nobody_of_that_address),
		cmocka_unit_test(what_is_no_frame_goes_nowhere),
		cmocka_unit_test(a_full_vf_loses_what_comes_and_says_so),
		cmocka_unit_test(a_vf_that_died_loses_what_comes_and_another_takes_its_place),
		cmocka_unit_test(many_vfs_share_the_wire),
		cmocka_unit_test(what_is_on_its_way_settles),
		cmocka_unit_test(a_hostile_vf_harms_nobody_else),
		cmocka_unit_test(a_vf_that_takes_its_memory_away_goes_down_alone),
		cmocka_unit_test(counters_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
