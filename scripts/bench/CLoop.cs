using System.Text;
using Harness.Cases;
using Harness.Model;
using Harness.Processes;
using Harness.Reproducers;
using Harness.Runs.Facts;
using Harness.Targets.Transport;

namespace Harness.Bench;

/// <summary>
/// The limit that the probe is measured against: the reproducers of the same cases in one static C program, which calls
/// them one after the other in one process. It makes the same system calls, prints to /dev/null, and reads no trace.
/// </summary>
internal static class CLoop
{
    private const string Compiler = "aarch64-linux-gnu-gcc";

    /// <summary>Every reproducer reserves addresses from here on, which in one process must differ.</summary>
    private const string FirstAddress = "0x1000000000";

    /// <summary>Builds the program and runs it there.</summary>
    /// <returns>Its wall-clock time in the guest, in milliseconds.</returns>
    public static async Task<double> RunAsync(
        IConnection connection,
        IReadOnlyList<Case> cases,
        HostProfile profile,
        Policy policy
    )
    {
        var folder = Directory.CreateTempSubdirectory("harness-c-loop-");
        try
        {
            byte[] program = await File.ReadAllBytesAsync(
                await BuildAsync(folder.FullName, cases, profile, policy).ConfigureAwait(false)
            );
            string name = "/tmp/c-loop";
            var result = await connection
                .ExecAsync(
                    $"cat > {name} && chmod 700 {name} && {name}; code=$?; rm -f {name}; exit $code",
                    new ProcessInput.Bytes(program),
                    TimeSpan.FromMinutes(5)
                )
                .ConfigureAwait(false);
            return result.ExitCode == 0
                ? double.Parse(result.Errors.Trim(), System.Globalization.CultureInfo.InvariantCulture)
                : throw new InvalidOperationException($"the C program: exit {result.ExitCode}: {result.Errors}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<string> BuildAsync(
        string folder,
        IReadOnlyList<Case> cases,
        HostProfile profile,
        Policy policy
    )
    {
        var script = new StringBuilder("set -e\n");
        for (int i = 0; i < cases.Count; i++)
        {
            var expected = profile.Possible.Select(h => new Expectation("here", h, policy.Predict(h, cases[i])));
            var source = new ReproducerSource(CaseCompiler.Compile(cases[i], profile.Abilities), [.. expected]);
            await File.WriteAllTextAsync(
                Path.Combine(folder, $"case{i}.c"),
                Reproducer.Text(source).Replace(FirstAddress, $"0x{0x10_0000_0000 + i * 0x1_0000_0000L:x}")
            );
            script.Append($"{Compiler} -O2 -w -c -Dmain=case_{i} -o case{i}.o case{i}.c\n");
        }
        await File.WriteAllTextAsync(Path.Combine(folder, "loop.c"), Loop(cases.Count));
        script.Append($"{Compiler} -O2 -static -o loop loop.c case*.o\n");
        var build = await new ProcessRunner()
            .RunAsync(new ProcessSpec("sh", ["-c", script.ToString()]) { WorkingDirectory = folder })
            .ConfigureAwait(false);
        return build.ExitCode == 0
            ? Path.Combine(folder, "loop")
            : throw new InvalidOperationException($"{Compiler}: {build.ErrorText}");
    }

    /// <summary>As the probe, it keeps a VM, so that KVM's static keys stay as they are.</summary>
    private static string Loop(int count) =>
        $$"""
            #include <fcntl.h>
            #include <stdio.h>
            #include <sys/ioctl.h>
            #include <time.h>
            #include <linux/kvm.h>
            {{string.Concat(Enumerable.Range(0, count).Select(i => $"int case_{i}(void);\n"))}}
            static int (*const cases[])(void) = { {{string.Join(
                ", ",
                Enumerable.Range(0, count).Select(i => $"case_{i}")
            )}} };

            int main(void)
            {
            	struct timespec from, to;

            	if (!freopen("/dev/null", "w", stdout) || ioctl(open("/dev/kvm", O_RDWR), KVM_CREATE_VM, 0UL) < 0)
            		return 1;
            	clock_gettime(CLOCK_MONOTONIC, &from);
            	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
            		cases[i]();
            	clock_gettime(CLOCK_MONOTONIC, &to);
            	fprintf(stderr, "%.3f\n", (to.tv_sec - from.tv_sec) * 1e3 + (to.tv_nsec - from.tv_nsec) / 1e6);
            	return 0;
            }

            """;
}
