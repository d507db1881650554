//include errno.h linux/kvm.h linux/types.h stdio.h stdlib.h string.h sys/ioctl.h
//needs begin_step
/*
 * KVM_CLEAR_DIRTY_LOG of pages from the slot's page "first" on: of one page if "only" is not negative, else of all.
 * Pages whose bits were set are protected again.
 */
static int clear_dirty_log(int number, int vm, unsigned int slot, __u64 first, __u32 pages, long only)
{
	size_t size = ((size_t)pages + 63) / 64 * 8;
	__u64 *bits = malloc(size);
	struct kvm_clear_dirty_log log = {
		.slot = slot, .num_pages = pages, .first_page = first, .dirty_bitmap = bits,
	};
	int ret, error, failed;

	if (!bits)
		return -1;
	memset(bits, only < 0 ? 0xff : 0, size);
	if (only >= 0)
		bits[(only - first) / 64] = 1ULL << (only - first) % 64;
	ret = ioctl(vm, KVM_CLEAR_DIRTY_LOG, &log);
	error = errno;
	free(bits);
	errno = error;
	failed = begin_step(number, "clear-log", ret);
	printf("\n");
	return failed;
}
