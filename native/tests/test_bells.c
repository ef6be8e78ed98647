/* A guest's wake-ups without a guest: what QEMU is told of the doorbell, whom a bell wakes, and how a guest is woken. */
#define _GNU_SOURCE
#include "check.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../abi/futex.h"
#include "../vm/bells.h"
#include "../vm/relay.h"

#define LONG_NS 60000000000l /* a wake-up that is lost fails the test by its time limit */

#define PATIENT 10 /* times */

static struct vm_region region;

static int open_region(void **state)
{
	(void)state;
	region.base = mmap(NULL, NETVM_RINGS_OFFSET, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return region.base == MAP_FAILED;
}

/* A message of the ivshmem server's protocol, as QEMU takes it. Returns the number; *fd is -1 where none came with it. */
static int64_t hear(int from, int *fd)
{
	char control[CMSG_SPACE(sizeof *fd)];
	int64_t number;
	struct iovec iov = {&number, sizeof number};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	assert_int_equal(recvmsg(from, &m, MSG_DONTWAIT), sizeof number);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	*fd = -1;
	if (c)
		memcpy(fd, CMSG_DATA(c), sizeof *fd);
	return number;
}

/* QEMU's side: what rings the bells, and the memory beside them. */
static struct netvm_guest_page *join(const struct bells *b, int ring[NETVM_BELLS])
{
	int memory, none;
	assert_int_equal(hear(b->qemu, &none), 0); /* version */
	assert_int_equal(none, -1);
	assert_int_equal(hear(b->qemu, &none), 0); /* the guest's number */
	assert_int_equal(none, -1);
	assert_int_equal(hear(b->qemu, &memory), -1);
	struct netvm_guest_page *page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	assert_true(page != MAP_FAILED);
	for (uint32_t i = 0; i < NETVM_BELLS; i++)
		assert_int_equal(hear(b->qemu, &ring[i]), NETVM_BELL_PEER);
	return page;
}

struct sleeper {
	uint32_t *word;
	int thread;
};

static void *sleep_on(void *context)
{
	struct sleeper *s = context;
	__atomic_store_n(&s->thread, gettid(), __ATOMIC_RELEASE);
	netvm_sleep(s->word, LONG_NS);
	return NULL;
}

/* As the kernel says. */
static int is_asleep(struct sleeper *s)
{
	char file[64], state = 0;
	snprintf(file, sizeof file, "/proc/self/task/%d/stat", __atomic_load_n(&s->thread, __ATOMIC_ACQUIRE));
	FILE *f = fopen(file, "r");
	if (f && fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	if (f)
		fclose(f);
	return state == 'S';
}

/* As a guest rings: it takes the sleeper's word first. */
static void ring_for(struct bells *b, int event, uint32_t *word)
{
	pthread_t thread;
	uint64_t one = 1;
	struct sleeper sleeper = {.word = word};
	netvm_announce_sleep(word);
	assert_int_equal(pthread_create(&thread, NULL, sleep_on, &sleeper), 0);
	while (!is_asleep(&sleeper))
		usleep(10);
	assert_true(netvm_take_sleeper(word));
	assert_int_equal(write(event, &one, sizeof one), sizeof one);
	bells_answer(b);
	pthread_join(thread, NULL);
	assert_int_equal(read(event, &one, sizeof one), -1); /* answered */
}

static void bells_wake_netvmd_and_nfs(void **state)
{
	(void)state;
	struct bells b;
	int ring[NETVM_BELLS];
	assert_int_equal(bells_open(&b, &region), 0);
	join(&b, ring);
	struct netvm_region_header *h = region.base;
	h->slots_offset = NETVM_SLOTS_OFFSET;
	for (int i = 0; i < 50; i++) {
		ring_for(&b, ring[NETVM_BELL_HOST], &h->host_sleeping);
		ring_for(&b, ring[i % NETVM_MAX_NFS], &netvm_slot(region.base, (uint32_t)i % NETVM_MAX_NFS)->sleeping);
	}
}

static void a_guest_is_told_the_time(void **state)
{
	(void)state;
	struct bells b;
	int ring[NETVM_BELLS];
	uint64_t one = 1, before = netvm_tsc();
	assert_int_equal(bells_open(&b, &region), 0);
	struct netvm_guest_page *page = join(&b, ring);
	assert_int_equal(write(ring[NETVM_BELL_CLOCK], &one, sizeof one), sizeof one);
	bells_answer(&b);
	assert_int_equal(page->answers, 1);
	assert_in_range(page->host_tsc, before, netvm_tsc());
}

/* A byte comes for each sleep that ends, and none before. */
static void a_guest_that_sleeps_is_woken(void **state)
{
	(void)state;
	struct bells b;
	int ring[NETVM_BELLS], line[2];
	static struct relay relay; /* its thread goes on */
	uint32_t *word = &netvm_slot(region.base, 7)->sleeping;
	char byte;
	assert_int_equal(bells_open(&b, &region), 0);
	join(&b, ring);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, line), 0);
	relay = (struct relay){.asleep = b.event[NETVM_BELL_ASLEEP], .line = line[0], .word = word};
	assert_ptr_equal(vm_region_word(&region, 7), word);
	assert_int_equal(relay_start(&relay), 0);
	int early = 0;
	for (int i = 0; i < 200; i++) {
		uint64_t one = 1;
		netvm_announce_sleep(word);
		assert_int_equal(write(ring[NETVM_BELL_ASLEEP], &one, sizeof one), sizeof one);
		if (i < PATIENT) { /* the relay is to sleep by then; it gives up after a while, as when this test is taken off its core */
			usleep(2000);
			early += recv(line[1], &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 1;
		}
		netvm_wake(word); /* whether the relay sleeps on it already or not yet */
		assert_int_equal(recv(line[1], &byte, 1, 0), 1);
	}
	assert_int_equal(recv(line[1], &byte, 1, MSG_DONTWAIT), -1);
	assert_true(early < PATIENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bells_wake_netvmd_and_nfs),
		cmocka_unit_test(a_guest_is_told_the_time),
		cmocka_unit_test(a_guest_that_sleeps_is_woken),
	};
	return cmocka_run_group_tests_name("bells", tests, open_region, NULL);
}
