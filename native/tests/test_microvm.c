/*
 * netvm-microvm with guests that run: what it refuses, what each fault of a guest is called, and that every NF does in it what it does in a process.
 *
 *   test-microvm BIN FAULTY   (where the programs are, and the image that faults)
 */
#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../abi/futex.h"
#include "../abi/wait.h"
#include "../bench/domain.h"
#include "../bench/setups.h"
#include "../microvm/guest.h"
#include "../microvm/vm.h"
#include "corpus.h"

#define BUFFERS 64u
#define WORDS_MAX 32
#define OUTPUT_BYTES 8192u

static const char *bin, *faulty;
static char vmm[256];
static struct domain d;

/* What a program says on both outputs, in a file without a name. */
static int new_log(void)
{
	char name[] = "/tmp/netvm-log-XXXXXX";
	int fd = mkstemp(name);
	assert_true(fd >= 0);
	unlink(name);
	return fd;
}

static const char *text_of(int log)
{
	static char text[OUTPUT_BYTES];
	off_t end = lseek(log, 0, SEEK_END), begin = end < (off_t)sizeof text ? 0 : end - (off_t)sizeof text + 1; /* the last of it */
	ssize_t n = pread(log, text, sizeof text - 1, begin);
	text[n > 0 ? n : 0] = 0;
	close(log);
	return text;
}

/* Words behind `--`, as a list that ends with NULL. */
static void add_words(char **argv, int n, char *words)
{
	char *rest = NULL;
	for (char *w = strtok_r(words, " ", &rest); w && n < WORDS_MAX - 1; w = strtok_r(NULL, " ", &rest))
		argv[n++] = w;
	argv[n] = NULL;
}

/* Runs the monitor to its end; `options` are all but the program. Returns its exit code, or 128 and the signal. */
static int run_to_end(const char *options, int *log)
{
	char words[1024], *argv[WORDS_MAX] = {vmm};
	struct domain nothing = {0};
	int status;
	snprintf(words, sizeof words, "%s", options);
	add_words(argv, 1, words);
	*log = new_log();
	domain_start(&nothing, 0, argv, *log);
	waitpid(nothing.nf[0], &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void refused(const char *options, int code, const char *part)
{
	int log, result = run_to_end(options, &log);
	const char *text = text_of(log);
	if (result != code || !strstr(text, part))
		fail_msg("%s: expected %d and \"%s\", got %d and: %s", options, code, part, result, text);
}

static void wrong_options_are_refused(void **state)
{
	(void)state;
	char image[256], options[512];
	snprintf(image, sizeof image, "%s/nf-forward.bin", bin);
	refused("", 2, "usage:");
	refused("--region /nowhere --slot 0", 2, "usage:");
	refused("--nf x --region y --slot 32", 2, "--slot 32: expected a number from 0 to 31");
	refused("--nf x --region y --mode fast", 2, "--mode fast: expected poll, adaptive or shared");
	refused("--nf x --region y --memory-mb 0", 2, "expected an even number from 2 to 1024");
	refused("--nf x --region y --memory-mb 3", 2, "expected an even number from 2 to 1024");
	refused("--nf x --region y --memory-mb 4096", 2, "expected a number from 0 to 1024");
	refused("--nf /nowhere --region y", 3, "/nowhere: No such file");
	snprintf(options, sizeof options, "--nf %s --region /nowhere", image);
	refused(options, 3, "/nowhere: No such file");
	snprintf(options, sizeof options, "--nf %s --region %s", vmm, d.file);
	refused(options, 3, "is no NF's image");
	snprintf(options, sizeof options, "--nf %s/nf-synthetic.bin --region %s -- --cycle 3", bin, d.file);
	refused(options, 2, "--cycle: expected one of --cycles");
	snprintf(options, sizeof options, "--nf %s --region %s --core 1000", image, d.file);
	refused(options, 3, "cannot run on core 1000");
	snprintf(options, sizeof options, "--nf %s/nf-tcpproxy.bin --region %s --memory-mb 2 -- --protect 198.19.0.1", bin, d.file);
	refused(options, 2, "no memory for");
	snprintf(options, sizeof options, "--nf %s/nf-firewall.bin --region %s -- --rules /nowhere", bin, d.file);
	refused(options, 2, "/nowhere: No such file");
	snprintf(options, sizeof options, "--nf %s/nf-firewall.bin --region %s -- --rules /dev/zero", bin, d.file);
	refused(options, 2, "/dev/zero: Invalid argument");
}

static void damaged_images_are_refused(void **state)
{
	(void)state;
	char name[256], options[600], file[] = "/tmp/netvm-image-XXXXXX";
	static uint8_t image[1 << 20];
	struct microvm_image *h = (struct microvm_image *)image;
	snprintf(name, sizeof name, "%s/nf-forward.bin", bin);
	int from = open(name, O_RDONLY), to = mkstemp(file);
	ssize_t bytes = read(from, image, sizeof image);
	assert_true(from >= 0 && to >= 0 && bytes > 0);
	close(from);
	const struct microvm_image good = *h;
	snprintf(options, sizeof options, "--nf %s --region %s", file, d.file);
	for (int fault = 0; fault < 9; fault++) {
		const char *part = "is damaged: its header does not fit its size";
		*h = good;
		switch (fault) {
		case 0: h->magic++; part = "is no NF's image"; break;
		case 1: h->abi_version++; part = "has another ABI version"; break;
		case 2: h->region_abi++; part = "has another ABI version"; break;
		case 3: h->entry = MICROVM_IMAGE_AT + h->code_bytes; break;
		case 4: h->code_bytes += 4096; break;
		case 5: h->code_bytes += 1; h->data_bytes -= 1; break;
		case 6: h->data_bytes = ~0ull; break;
		case 7: h->zero_bytes = ~0ull; part = "has more variables than there is memory"; break;
		case 8: h->entry = 0; break;
		}
		assert_int_equal(pwrite(to, image, (size_t)bytes, 0), bytes);
		refused(options, 3, part);
	}
	close(to);
	unlink(file);
}

static void the_probe_has_run_a_guest(void **state)
{
	(void)state;
	int log;
	assert_int_equal(run_to_end("--probe", &log), 0);
	assert_string_equal(text_of(log), "{\"usable\":true}\n");
}

/* Starts an image in slot 0 with NF options. */
static int start_image(const char *image, const char *options, int log)
{
	static char words[1024];
	char *argv[WORDS_MAX] = {vmm, "--nf", (char *)image, "--region", d.file, "--slot", "0", "--mode", "shared", "--"};
	snprintf(words, sizeof words, "%s", options);
	add_words(argv, 10, words);
	domain_start(&d, 0, argv, log);
	return domain_wait_ready(&d, 0);
}

static const struct {
	const char *name;
	const char *says;
} faults[] = {
	{"unmapped", "an address that it does not have; rip 0x40"},
	{"null", "an address that it does not have; rip 0x40"},
	{"behind-region", "an address that it does not have; rip 0x40"},
	{"page-tables", "an address that it does not have; rip 0x40"},
	{"task-segment", "an address that it does not have; rip 0x40"},
	{"own-code", "a write to memory that is read-only; rip 0x40"},
	{"stack", "its stack has overflowed; rip 0x40"},
	{"execute-data", "it went to memory that is no code; rip 0x100"},
	{"execute-nothing", "it went to an address that it does not have; rip 0x5000000000"},
	{"hlt", "a privileged instruction (hlt); rip 0x40"},
	{"mov-cr3", "a privileged instruction (mov to a control register); rip 0x40"},
	{"wrmsr", "a privileged instruction (wrmsr); rip 0x40"},
	{"cli", "a privileged instruction (cli); rip 0x40"},
	{"ud2", "an invalid instruction (ud2); rip 0x40"},
	{"divide", "a division that overflows or is by zero; rip 0x40"},
	{"syscall", "a system call"}, /* an invalid instruction, or where the processor goes to it a jump to address 0 */
	{"int3", "a software interrupt"},
	{"interrupt", "a software interrupt"},
	{"port", "I/O on a port that is not its own"},
	{"garbage", "the guest has faulted: "},
	{"no-call", "it made a call that there is none of; rip 0x40"},
	{"print-nothing", "it printed what it does not have; rip 0x40"},
	{"foreign-file", "a division that overflows or is by zero"}, /* it is refused; opened, it would be an invalid instruction */
	{"strange-calls", "a division that overflows or is by zero"}, /* so are all of them */
	{"chatter", "it printed more than 1 MiB; rip 0x40"},
};

/* With a packet in its hands: that one it keeps, all before it came back. */
static void each_fault_ends_the_guest_and_is_told(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		char options[128];
		struct netvm_desc desc[3] = {{.buffer = 0, .length = 60}, {.buffer = 1, .length = 60}, {.buffer = 2, .length = 60}};
		domain_reset(&d);
		int log = new_log(), status;
		snprintf(options, sizeof options, "--fault %s --after 3", faults[i].name);
		assert_int_equal(start_image(faulty, options, log), 0);
		domain_chain(&d, 1);
		assert_int_equal(domain_round(&d, desc, 2), 0);
		assert_int_equal(domain_round(&d, desc, 1), -1);
		assert_int_equal(waitpid(d.nf[0], &status, 0), d.nf[0]);
		d.nf[0] = 0;
		const char *text = text_of(log);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 4 || !strstr(text, faults[i].says))
			fail_msg("%s: expected exit code 4 and \"%s\", got status %#x and: %.300s", faults[i].name, faults[i].says, status,
				 strlen(text) > 300 ? text + strlen(text) - 300 : text);
	}
}

static void a_fault_before_it_is_ready_is_told_too(void **state)
{
	(void)state;
	domain_reset(&d);
	int log = new_log(), status = start_image(faulty, "--fault divide --at-start", log);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 4);
	assert_non_null(strstr(text_of(log), "a division that overflows or is by zero"));
}

/* Starts an NF in slot 0 as a program or as an image, with its setup. Returns its log. */
static int start_nf(const struct setup *s, int as_image, const char *file)
{
	char program[256], image[256], words[1024];
	char *as_vm[WORDS_MAX] = {vmm, "--nf", image, "--region", d.file, "--slot", "0", "--mode", "shared", "--"};
	char *as_process[WORDS_MAX] = {program, "--region", d.file, "--slot", "0", "--mode", "shared", "--"};
	char **argv = as_image ? as_vm : as_process;
	int n = as_image ? 10 : 8, log = new_log();
	snprintf(program, sizeof program, "%s/nf-%s", bin, s->nf);
	snprintf(image, sizeof image, "%s/nf-%s.bin", bin, s->nf);
	snprintf(words, sizeof words, "%s", s->options);
	add_words(argv, n, words);
	for (; argv[n]; n++) {
		if (strcmp(argv[n], "@") == 0)
			argv[n] = (char *)file;
	}
	domain_start(&d, 0, argv, log);
	int status = domain_wait_ready(&d, 0);
	if (status != 0)
		fail_msg("%s as %s: did not start (%#x): %s", s->label, as_image ? "an image" : "a process", status, text_of(log));
	return log;
}

struct outcome {
	struct netvm_desc desc[CORPUS];
	uint8_t frame[CORPUS][CRAFT_BYTES];
	char report[OUTPUT_BYTES];
};

/* Every crafted packet through the NF, one by one; what it made of them. A router answers some, but at most one in a millisecond. */
static void play(const struct setup *s, int as_image, const char *file, struct outcome *o)
{
	struct netvm_region_header *h = (struct netvm_region_header *)d.region;
	memset(o, 0, sizeof *o);
	domain_reset(&d);
	strcpy((char *)(d.region + h->services_offset), "web");
	int log = start_nf(s, as_image, file);
	domain_chain(&d, 1);
	for (uint32_t i = 0; i < CORPUS; i++) {
		uint8_t *frame = d.region + h->buffers_offset + (uint64_t)i * DOMAIN_STRIDE + 128;
		memset(frame, 0, CRAFT_BYTES);
		o->desc[i] = (struct netvm_desc){.buffer = i, .offset = 128, .length = (uint16_t)craft(frame, &corpus[i])};
		assert_int_equal(domain_round(&d, &o->desc[i], 1), 0);
		memcpy(o->frame[i], frame, CRAFT_BYTES);
		usleep(1100);
	}
	int status = domain_stop(&d, 0);
	if (status != 0)
		fail_msg("%s as %s: left with status %#x: %s", s->label, as_image ? "an image" : "a process", status, text_of(log));
	snprintf(o->report, sizeof o->report, "%s", text_of(log));
}

static void same_outcome(const struct setup *s, const struct outcome *process, const struct outcome *image)
{
	/* These draw what their packets have in them, secrets and ports: they need be as right, not the same. */
	int draws = strcmp(s->nf, "tcpproxy") == 0 || strcmp(s->nf, "nat") == 0;
	for (uint32_t i = 0; i < CORPUS; i++) {
		if (memcmp(&process->desc[i], &image->desc[i], sizeof process->desc[i]) != 0)
			fail_msg("%s: packet %u: another verdict", s->label, i);
		const uint8_t *a = process->frame[i], *b = image->frame[i];
		uint16_t length = process->desc[i].length;
		if (draws ? craft_sums_right(a, length) != craft_sums_right(b, length) : memcmp(a, b, CRAFT_BYTES) != 0)
			fail_msg("%s: packet %u: other bytes", s->label, i);
	}
	assert_string_equal(image->report, process->report);
}

/* dpi needs a library; connections of the spliced setup are opened by calls into the NF, which a program has none of. */
static void every_nf_does_what_it_does_in_a_process(void **state)
{
	(void)state;
	static struct outcome process, image;
	uint32_t played = 0;
	for (const struct setup *s = setups; s->nf; s++) {
		char file[] = "/tmp/netvm-setup-XXXXXX";
		if (strcmp(s->nf, "dpi") == 0 || s->packets == SETUP_SPLICED)
			continue;
		int fd = mkstemp(file);
		assert_true(fd >= 0);
		if (s->file)
			assert_int_equal(write(fd, s->file, strlen(s->file)), strlen(s->file));
		close(fd);
		play(s, 0, file, &process);
		play(s, 1, file, &image);
		unlink(file);
		same_outcome(s, &process, &image);
		played++;
	}
	assert_int_equal(played, 16);
}

/* Somebody who waits for its packets sleeps, and never for as long as he would without being woken. */
static void it_wakes_whom_it_has_work_for(void **state)
{
	(void)state;
	static const char *const modes[] = {"shared", "adaptive"};
	for (uint32_t m = 0; m < 2; m++) {
		char image[256], core[12];
		char *argv[] = {vmm, "--nf", image, "--region", d.file, "--slot", "0", "--core", core, "--mode", (char *)modes[m], NULL};
		struct timespec limit = {.tv_sec = 10};
		uint32_t woken = 0, *word = &((struct netvm_region_header *)d.region)->host_sleeping;
		snprintf(image, sizeof image, "%s/nf-forward.bin", bin);
		snprintf(core, sizeof core, "%d", sched_getcpu());
		domain_reset(&d);
		domain_start(&d, 0, argv, -1);
		assert_int_equal(domain_wait_ready(&d, 0), 0);
		domain_chain(&d, 1);
		for (uint32_t i = 0; i < 20; i++) {
			struct netvm_desc desc = {.length = 60};
			assert_int_equal(netvm_ring_push(&d.first, &desc, 1), 1);
			netvm_announce_sleep(word);
			netvm_wake(&netvm_slot(d.region, 0)->sleeping);
			while (netvm_ring_empty(&d.last)) {
				long result = syscall(SYS_futex, word, FUTEX_WAIT, 1, &limit, NULL, 0);
				assert_false(result != 0 && errno == ETIMEDOUT);
				woken += result == 0;
			}
			assert_int_equal(netvm_ring_pop(&d.last, &desc, 1), 1);
		}
		assert_true(woken > 0);
		assert_int_equal(domain_stop(&d, 0), 0);
	}
}

/* What it maps it shares: a backend goes down while the guest runs, by a byte in a file. */
static void a_mapped_file_is_seen_as_it_changes(void **state)
{
	(void)state;
	char backends[] = "/tmp/netvm-setup-XXXXXX", health[] = "/tmp/netvm-health-XXXXXX", options[256];
	int fd = mkstemp(backends), up = mkstemp(health);
	assert_true(fd >= 0 && up >= 0);
	assert_int_equal(write(fd, "a 02:00:00:00:01:01\n", 20), 20);
	assert_int_equal(write(up, "\1", 1), 1);
	snprintf(options, sizeof options, "--vip 198.19.0.1 --backends @ --health %s", health);
	const struct setup s = {.nf = "loadbalancer", .label = "loadbalancer with health", .options = options};
	domain_reset(&d);
	int log = start_nf(&s, 1, backends);
	domain_chain(&d, 1);
	const struct netvm_region_header *h = (const struct netvm_region_header *)d.region;
	uint8_t verdicts[2];
	for (uint32_t i = 0; i < 2; i++) {
		const struct crafted c = {.src_port = (uint16_t)(1024 + i), .dst_port = 9};
		struct netvm_desc desc = {.length = (uint16_t)craft(d.region + h->buffers_offset, &c)};
		assert_int_equal(pwrite(up, i == 0 ? "\1" : "\0", 1, 0), 1);
		assert_int_equal(domain_round(&d, &desc, 1), 0);
		verdicts[i] = desc.action;
	}
	assert_int_equal(verdicts[0], NETVM_ACTION_NEXT);
	assert_int_equal(verdicts[1], NETVM_ACTION_DROP);
	assert_int_equal(domain_stop(&d, 0), 0);
	assert_non_null(strstr(text_of(log), "\"noBackend\":1"));
	close(fd);
	close(up);
	unlink(backends);
	unlink(health);
}

/* As KVM says: whether a new processor's clock is another one depends on the machine. */
static void a_guest_has_this_machines_clock(void **state)
{
	(void)state;
	static struct vm vm;
	char error[256] = "";
	uint64_t offset = 1;
	struct kvm_device_attr a = {.group = KVM_VCPU_TSC_CTRL, .attr = KVM_VCPU_TSC_OFFSET, .addr = (uint64_t)&offset};
	int fault = vm_create(&vm, error, sizeof error) != 0 || vm_start(&vm, MICROVM_IMAGE_AT, MICROVM_MEMORY_AT, 0, error, sizeof error) != 0;
	assert_string_equal(error, "");
	assert_int_equal(fault, 0);
	assert_int_equal(ioctl(vm.processor, KVM_GET_DEVICE_ATTR, &a), 0);
	assert_int_equal(offset, 0);
	close(vm.processor);
	close(vm.machine);
	close(vm.kvm);
}

static uint64_t pages_bytes(void)
{
	struct stat st;
	assert_int_equal(stat(d.file, &st), 0);
	return (uint64_t)st.st_blocks * 512;
}

/* What it says of times is by our clock, and it takes no more memory than the region has. */
static void it_joins_the_region_as_it_is(void **state)
{
	(void)state;
	char image[256];
	snprintf(image, sizeof image, "%s/nf-forward.bin", bin);
	domain_reset(&d);
	uint64_t before = netvm_tsc();
	assert_int_equal(start_image(image, "", -1), 0);
	assert_in_range(netvm_slot(d.region, 0)->ready_tsc, before, netvm_tsc());
	assert_int_equal(pages_bytes(), d.bytes);
	assert_int_equal(domain_stop(&d, 0), 0);
	assert_int_equal(pages_bytes(), d.bytes);
}

int main(int argc, char **argv)
{
	int log;
	if (argc != 3)
		return 2;
	bin = argv[1];
	faulty = argv[2];
	snprintf(vmm, sizeof vmm, "%s/netvm-microvm", bin);
	if (run_to_end("--probe", &log) != 0)
		return 1;
	const char *usable = text_of(log);
	if (strcmp(usable, "{\"usable\":true}\n") != 0) {
		printf("cannot run here: no guest of netvm-microvm does: %s", usable);
		return 77;
	}
	if (domain_create(&d, BUFFERS) != 0) {
		perror("region");
		return 1;
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_probe_has_run_a_guest),
		cmocka_unit_test(wrong_options_are_refused),
		cmocka_unit_test(a_guest_has_this_machines_clock),
		cmocka_unit_test(it_joins_the_region_as_it_is),
		cmocka_unit_test(damaged_images_are_refused),
		cmocka_unit_test(each_fault_ends_the_guest_and_is_told),
		cmocka_unit_test(a_fault_before_it_is_ready_is_told_too),
		cmocka_unit_test(every_nf_does_what_it_does_in_a_process),
		cmocka_unit_test(it_wakes_whom_it_has_work_for),
		cmocka_unit_test(a_mapped_file_is_seen_as_it_changes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
