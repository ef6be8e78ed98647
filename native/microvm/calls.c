#define _GNU_SOURCE
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../abi/futex.h"

#define OUTPUT_BYTES_MAX (1u << 20)
#define RANDOM_BYTES_MAX 256u
#define SENTENCE_BYTES_MAX 512u
#define SLEEP_NS_MAX 1000000000u

static uint32_t *word_at(const struct calls *c, uint64_t offset)
{
	return offset % sizeof(uint32_t) == 0 && offset <= c->region_bytes - sizeof(uint32_t) ? (uint32_t *)(c->region + offset) : NULL;
}

/* Words that are none wake nobody: whoever sleeps on them looks for himself soon enough. */
static void wake(const struct calls *c, const struct microvm_call *call)
{
	for (uint32_t i = 0; i < call->wakes && i < MICROVM_WAKES; i++) {
		uint32_t *word = word_at(c, call->wake[i]);
		if (word)
			syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
	}
}

static int64_t sleep_on(const struct calls *c, const struct microvm_call *call)
{
	uint32_t *word = word_at(c, call->argument[0]);
	uint64_t limit_ns = call->argument[1];
	if (word && limit_ns > 0)
		netvm_sleep(word, (long)(limit_ns < SLEEP_NS_MAX ? limit_ns : SLEEP_NS_MAX));
	return 0;
}

/* The file that the guest names, if an NF option does, too. Returns a descriptor, or -errno. */
static int open_named(const struct calls *c, const struct microvm_call *call, struct stat *st)
{
	uint64_t bytes = call->argument[1];
	const char *name = vm_reach(c->vm, call->argument[0], bytes, VM_READ);
	for (int i = 0; name && i < c->files; i++) {
		if (strlen(c->file[i]) != bytes || memcmp(c->file[i], name, bytes) != 0)
			continue;
		int fd = open(c->file[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0 || fstat(fd, st) != 0)
			return -errno;
		if (S_ISREG(st->st_mode) && st->st_size <= MICROVM_FILE_BYTES_MAX)
			return fd;
		close(fd);
		return S_ISREG(st->st_mode) ? -EFBIG : -EINVAL;
	}
	return -EACCES;
}

static int64_t read_file(const struct calls *c, const struct microvm_call *call, int fd)
{
	void *to = vm_reach(c->vm, call->argument[2], call->argument[3], VM_WRITE);
	if (!to)
		return -EFAULT;
	ssize_t n = pread(fd, to, call->argument[3], 0);
	return n < 0 ? -errno : n;
}

static int64_t map_file(struct calls *c, int fd, uint64_t bytes)
{
	char error[256];
	uint64_t at = MICROVM_FILES_AT + (uint64_t)c->mapped * MICROVM_FILE_BYTES_MAX, rounded = (bytes + 4095) / 4096 * 4096;
	if (c->mapped == MICROVM_FILES || bytes == 0)
		return bytes == 0 ? -EINVAL : -EMFILE;
	void *host = mmap(NULL, rounded, PROT_READ, MAP_SHARED, fd, 0);
	if (host == MAP_FAILED)
		return -errno;
	if (vm_give(c->vm, at, host, rounded, VM_READ, error, sizeof error) != 0) {
		munmap(host, rounded);
		return -ENOMEM;
	}
	c->mapped++;
	return (int64_t)at;
}

static int64_t with_file(struct calls *c, const struct microvm_call *call)
{
	struct stat st;
	int fd = open_named(c, call, &st);
	if (fd < 0)
		return fd;
	int64_t result = st.st_size;
	if (call->number == MICROVM_FILE_READ)
		result = read_file(c, call, fd);
	else if (call->number == MICROVM_FILE_MAP)
		result = map_file(c, fd, (uint64_t)st.st_size);
	close(fd);
	return result;
}

static int64_t fill_with_random(const struct calls *c, const struct microvm_call *call)
{
	uint64_t bytes = call->argument[1];
	void *to = bytes <= RANDOM_BYTES_MAX ? vm_reach(c->vm, call->argument[0], bytes, VM_WRITE) : NULL;
	return to ? getrandom(to, bytes, 0) : -EFAULT;
}

/* Returns what is wrong, or NULL. */
static const char *print(struct calls *c, const struct microvm_call *call)
{
	uint64_t bytes = call->argument[1];
	const char *text = vm_reach(c->vm, call->argument[0], bytes, VM_READ);
	if (!text)
		return "printed what it does not have";
	if (bytes > OUTPUT_BYTES_MAX - c->printed)
		return "printed more than 1 MiB";
	c->printed += bytes;
	fwrite(text, 1, bytes, stdout);
	fflush(stdout);
	return NULL;
}

/* Its sentence, as far as it is plain text and short. */
static const char *refuse(const struct calls *c, const struct microvm_call *call, int *exit_code)
{
	char sentence[SENTENCE_BYTES_MAX];
	uint64_t bytes = call->argument[1] < sizeof sentence ? call->argument[1] : sizeof sentence;
	const char *text = vm_reach(c->vm, call->argument[0], bytes, VM_READ);
	if (!text)
		return "refused to start with a sentence that it does not have";
	memcpy(sentence, text, bytes); /* what is looked at is what is printed: it may lie in the region, where others write */
	for (uint64_t i = 0; i < bytes; i++) {
		if (sentence[i] < ' ' || sentence[i] > '~')
			sentence[i] = '?';
	}
	fprintf(stderr, "%s: %.*s\n", c->name, (int)bytes, sentence);
	*exit_code = call->argument[2] == 2 ? 2 : 3;
	return NULL;
}

enum calls_end calls_do(struct calls *c, int *exit_code, const char **fault)
{
	struct microvm_call call = *(volatile struct microvm_call *)c->shared; /* the guest has one processor, and that is here */
	*fault = NULL;
	wake(c, &call);
	switch (call.number) {
	case MICROVM_SLEEP: call.result = sleep_on(c, &call); break;
	case MICROVM_YIELD: call.result = sched_yield(); break;
	case MICROVM_PRINT: *fault = print(c, &call); break;
	case MICROVM_RANDOM: call.result = fill_with_random(c, &call); break;
	case MICROVM_FILE_SIZE:
	case MICROVM_FILE_READ:
	case MICROVM_FILE_MAP: call.result = with_file(c, &call); break;
	case MICROVM_REFUSE: *fault = refuse(c, &call, exit_code); return *fault ? CALLS_FAULT : CALLS_REFUSED;
	case MICROVM_EXIT: return CALLS_STOPPED;
	default: *fault = "made a call that there is none of"; break;
	}
	c->shared->result = call.result;
	return *fault ? CALLS_FAULT : CALLS_GO_ON;
}
