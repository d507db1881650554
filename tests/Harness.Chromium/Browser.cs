using Microsoft.Playwright;

namespace Harness.Chromium;

/// <summary>The machine's Chromium, without a window. It resolves no names: it reaches this machine alone.</summary>
public sealed class Browser : IAsyncDisposable
{
    private static readonly string[] s_places =
    [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Browser(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    /// <summary>Null if no Chromium is installed: Debian's package is chromium.</summary>
    public static string? Program { get; } = s_places.FirstOrDefault(File.Exists);

    public static async Task<Browser> StartAsync()
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(
            new()
            {
                ExecutablePath = Program,
                Args = ["--force-color-profile=srgb", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
            }
        );
        return new Browser(playwright, browser);
    }

    /// <summary>A new, empty page, with storage of its own.</summary>
    public async Task<BrowserPage> PageAsync()
    {
        var context = await _browser.NewContextAsync(new() { ReducedMotion = ReducedMotion.Reduce });
        var page = await context.NewPageAsync();
        return await BrowserPage.OpenAsync(page, await context.NewCDPSessionAsync(page));
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
