using Harness.Reports.Html;
using Harness.Store;

namespace Harness.Reports.Tests.Html;

/// <summary>For whoever wants to see a report of their own in pictures: not run unless asked for.</summary>
[Explicit("takes pictures of a store of one's own")]
public sealed class LookTests
{
    [Test]
    public async Task Look()
    {
        var store = ResultStore.Open(Environment.GetEnvironmentVariable("LOOK_DB")!);
        string to = Environment.GetEnvironmentVariable("LOOK_TO")!;
        string file = Path.Combine(to, "report.html");
        using (var writer = new StreamWriter(file))
            new HtmlReport(store).Write(store.Run(Environment.GetEnvironmentVariable("LOOK_RUN"))!, writer);
        await using var browser = await Browser.StartAsync();
        foreach (var (width, height, dark, name) in new[] { (1280, 900, false, "light"), (1280, 900, true, "dark"), (390, 844, false, "phone"), (2560, 1400, false, "large") })
        {
            var page = await browser.PageAsync();
            await page.ShapeAsync(width, height, dark, mobile: width < 500);
            await page.GoAsync($"file://{file}");
            foreach (string anchor in new[] { "summary", "changes", "matrix", "findings", "hosts", "list", "verdict=mismatch&q=nc" })
            {
                await page.GoAsync($"file://{file}#{anchor}");
                if (anchor == "hosts")
                    await page.AskAsync<bool>("document.querySelector('details.host').open = true");
                if (anchor[0] == 'v')
                {
                    await page.PressAsync("j");
                    await page.PressAsync("j");
                }
                await page.DrawnAsync();
                if (Environment.GetEnvironmentVariable("LOOK_FAST") is null)
                    await page.ShootAsync(Path.Combine(to, $"{name}-{anchor.Split('=')[0]}.png"));
            }
            TestContext.Out.WriteLine(string.Join('\n', page.Complaints));
            TestContext.Out.WriteLine(await page.AskAsync<string>("(() => { const q = document.getElementById('q'), all = []; for (const w of ['pfnmap', 'pfnmap nc', 'pfnmap nc mismatch', 'EFAULT', '']) { const t = performance.now(); q.value = w; q.dispatchEvent(new Event('input')); all.push(w + ' ' + Math.round(performance.now() - t) + ' ms'); } return all.join('; ') + '; loaded ' + Math.round(performance.timing.loadEventEnd - performance.timing.navigationStart) + ' ms'; })()"));
            TestContext.Out.WriteLine(await page.AskAsync<int>("document.documentElement.scrollWidth - innerWidth"));
            if (name == "light" && Environment.GetEnvironmentVariable("LOOK_FAST") is null)
                await File.WriteAllBytesAsync(Path.Combine(to, "print.pdf"), await page.PrintAsync());
            await page.CloseAsync();
        }
    }
}
