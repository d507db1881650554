//include errno.h linux/kvm.h signal.h stdio.h sys/ioctl.h sys/time.h
//needs begin_step print_run
static struct kvm_run *volatile running;

static void stop_running(int signal)
{
	(void)signal;
	running->immediate_exit = 1;
}

static volatile sig_atomic_t memory_failed;

/* KVM's signal for memory that has failed. */
static void note_failure(int signal, siginfo_t *info, void *context)
{
	(void)context;
	if (info->si_code != BUS_MCEERR_AR) {
		sigaction(signal, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
		return;
	}
	memory_failed = 1;
}

/*
 * One KVM_RUN with a timeout in milliseconds: a guest that takes the same fault
 * forever makes no progress. Returns whether it failed.
 */
static int run_vcpu(int number, int vcpu, struct kvm_run *run, int milliseconds)
{
	struct sigaction action = { .sa_handler = stop_running };
	struct itimerval timer = {
		.it_value = {
			.tv_sec = milliseconds / 1000,
			.tv_usec = milliseconds % 1000 * 1000,
		},
	};
	struct itimerval off = { 0 };
	struct sigaction failure = { .sa_sigaction = note_failure, .sa_flags = SA_SIGINFO }, former;
	static struct kvm_run *stuck;
	int ret, error, timeout, failed;

	if (run == stuck) {
		errno = ECANCELED;
		failed = begin_step(number, run_op, -1);
		printf("\n");
		return failed;
	}

	running = run;
	run->immediate_exit = 0;
	sigaction(SIGALRM, &action, NULL);
	memory_failed = 0;
	sigaction(SIGBUS, &failure, &former);
	setitimer(ITIMER_REAL, &timer, NULL);
	do {
		ret = ioctl(vcpu, KVM_RUN, 0UL);
	} while (ret < 0 && errno == EINTR && !run->immediate_exit && !memory_failed);
	error = errno == EINTR && memory_failed ? EHWPOISON : errno;
	setitimer(ITIMER_REAL, &off, NULL);
	sigaction(SIGBUS, &former, NULL);
	timeout = ret < 0 && error == EINTR;
	if (timeout)
		stuck = run;
	run->immediate_exit = 0;
	errno = error;
	return print_run(number, run, ret, timeout);
}
