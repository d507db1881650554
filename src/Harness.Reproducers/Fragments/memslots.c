//include linux/kvm.h stdint.h stdio.h sys/ioctl.h
//needs begin_step
/* Slots of one size over the same memory, up to the first that fails. */
static int memslots(int number, int vm, int first, int count, __u64 gpa,
		    __u64 stride, __u64 size, void *memory)
{
	int i, failed, ret = 0;

	for (i = 0; i < count; i++) {
		struct kvm_userspace_memory_region region = {
			.slot = first + i,
			.guest_phys_addr = gpa + i * stride,
			.memory_size = size,
			.userspace_addr = (uintptr_t)memory,
		};

		ret = ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region);
		if (ret < 0)
			break;
	}
	failed = begin_step(number, "memslots", ret);
	printf(" count=%d\n", i);
	return failed;
}
