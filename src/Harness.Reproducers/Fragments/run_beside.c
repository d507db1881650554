//include errno.h linux/kvm.h pthread.h signal.h stdint.h stdio.h sys/ioctl.h time.h unistd.h
//needs begin_step print_run run_vcpu set_reg
/* A vCPU that runs in a thread of its own while main() goes on. */
static struct {
	pthread_t thread;
	int vcpu, ret, error, over;
	struct kvm_run *run;
	volatile int done;
} beside = { .over = 1 };

static void nothing(int signal)
{
	(void)signal;
}

static void *run_beside(void *unused)
{
	sigset_t alarm;

	(void)unused;
	/* The alarm of main()'s own runs is not for this thread. */
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &alarm, NULL);
	do {
		beside.ret = ioctl(beside.vcpu, KVM_RUN, 0UL);
		beside.error = errno;
	} while (beside.ret < 0 && beside.error == EINTR && !beside.run->immediate_exit);
	beside.done = 1;
	return NULL;
}

static int begin_beside(void)
{
	struct sigaction action = { .sa_handler = nothing };

	sigaction(SIGUSR1, &action, NULL);
	beside.run->immediate_exit = 0;
	beside.done = 0;
	return pthread_create(&beside.thread, NULL, run_beside, NULL);
}

/* Waits that many milliseconds for the run to end by itself, then interrupts it. Returns whether it was interrupted. */
static int end_beside(int milliseconds)
{
	int waited;

	for (waited = 0; waited < milliseconds && !beside.done; waited++)
		usleep(1000);
	while (!beside.done) {
		beside.run->immediate_exit = 1;
		pthread_kill(beside.thread, SIGUSR1);
		usleep(100);
	}
	pthread_join(beside.thread, NULL);
	beside.run->immediate_exit = 0;
	return beside.ret < 0 && beside.error == EINTR;
}

/*
 * Lets the vCPU run beside main() once the guest has counted in a register.
 * Returns whether that failed.
 */
static inline int start_run(int number, int vcpu, struct kvm_run *run, __u64 counter, int wait, int timeout)
{
	time_t until = time(NULL) + (timeout + 999) / 1000;
	__u64 count = 0;
	struct kvm_one_reg reg = { .id = counter, .addr = (uintptr_t)&count };

	beside.vcpu = vcpu;
	beside.run = run;
	beside.over = 0;
	do {
		if (begin_beside())
			beside.over = 1;
		else if (!end_beside(wait))
			beside.over = 1;
		else
			ioctl(vcpu, KVM_GET_ONE_REG, &reg);
	} while (!beside.over && !count && time(NULL) <= until);
	if (count)
		beside.over = begin_beside() != 0;
	else
		beside.over = 1;
	begin_step(number, "start-run", 0);
	if (count)
		printf(" count=%llu\n    the guest repeats its access\n", (unsigned long long)count);
	else
		puts("");
	return 0;
}

/* Ends that run: the register that the guest tests becomes 0. Returns whether the run failed. */
static inline int finish_run(int number, int vcpu, struct kvm_run *run, __u64 tested, int wait, int timeout)
{
	if (!beside.over)
		end_beside(wait);
	beside.over = 1;
	set_reg(vcpu, tested, 0);
	if (beside.ret < 0 && beside.error == EINTR)
		return run_vcpu(number, vcpu, run, timeout);
	errno = beside.error;
	return print_run(number, run, beside.ret, 0);
}

/* Lets the vCPU run beside main(). Returns whether that failed. */
static inline int launch_run(int number, int vcpu, struct kvm_run *run)
{
	beside.vcpu = vcpu;
	beside.run = run;
	beside.over = begin_beside() != 0;
	begin_step(number, "launch", 0);
	puts("");
	return beside.over;
}

/* Waits for the end of that run. Returns whether it failed. */
static inline int join_run(int number, struct kvm_run *run, int timeout)
{
	int interrupted = !beside.over && end_beside(timeout);

	beside.over = 1;
	errno = beside.error;
	return print_run(number, run, beside.ret, interrupted);
}
