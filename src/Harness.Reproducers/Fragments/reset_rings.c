//include linux/kvm.h stdio.h sys/ioctl.h
//needs begin_step
/* KVM_RESET_DIRTY_RINGS: how many entries were reset. */
static int reset_rings(int number, int vm)
{
	int count = ioctl(vm, KVM_RESET_DIRTY_RINGS, 0);
	int failed = begin_step(number, "reset-rings", count);

	printf(" count=%d\n", count);
	return failed;
}
