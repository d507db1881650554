//include errno.h linux/kvm.h linux/types.h stdio.h string.h sys/ioctl.h sys/mman.h unistd.h
//needs begin_step
/*
 * KVM_ARM_MTE_COPY_TAGS with a buffer of "room" bytes, after which nothing is mapped: what it returned, and the tags that
 * were copied from the guest, "tag:granules".
 */
static int copy_tags(int number, int vm, __u64 ipa, __u64 length, __u64 flags, unsigned long room, int tag,
		     __u64 reserved)
{
	unsigned long page = (unsigned long)sysconf(_SC_PAGESIZE), size = (room + page - 1) / page * page;
	unsigned char *buffer = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char *tags;
	struct kvm_arm_copy_mte_tags request = {
		.guest_ipa = ipa, .length = length, .flags = flags, .reserved = { reserved },
	};
	int ret, i, same, failed;

	if (buffer == MAP_FAILED || mprotect(buffer + size, page, PROT_NONE))
		return begin_step(number, "copy-tags", -1);
	tags = buffer + size - room;
	memset(tags, tag, room);
	request.addr = room ? tags : NULL;
	ret = ioctl(vm, KVM_ARM_MTE_COPY_TAGS, &request);
	failed = begin_step(number, "copy-tags", ret);
	if (!failed)
		printf(" bytes=%d", ret);
	if (!failed && (flags & KVM_ARM_TAGS_FROM_GUEST)) {
		printf(" tags=");
		for (i = 0; i < ret / 16; i += same) {
			for (same = 1; i + same < ret / 16 && tags[i + same] == tags[i]; same++)
				;
			printf("%s%d:%d", i ? "," : "", tags[i], same);
		}
	}
	printf("\n");
	munmap(buffer, size + page);
	return failed;
}
