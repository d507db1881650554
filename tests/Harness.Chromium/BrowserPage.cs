using System.Text.Json;
using Microsoft.Playwright;

namespace Harness.Chromium;

/// <summary>One tab. It records network requests, errors and policy violations.</summary>
public sealed class BrowserPage
{
    private readonly IPage _page;
    private readonly ICDPSession _session;
    private readonly List<string> _requests = [];
    private readonly List<string> _complaints = [];

    private BrowserPage(IPage page, ICDPSession session)
    {
        (_page, _session) = (page, session);
        page.Request += (_, request) => Add(_requests, request.Url);
        page.PageError += (_, error) => Add(_complaints, error);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning" or "assert")
                Add(_complaints, message.Text);
        };
        // What violates the Content-Security-Policy, and what a page should not do.
        session.Event("Audits.issueAdded").OnEvent += (_, issue) => Add(_complaints, issue.ToString() ?? "");
    }

    /// <summary>The requested addresses, the page's own first.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_requests)
                return [.. _requests];
        }
    }

    /// <summary>Errors, warnings, exceptions and violations of the Content-Security-Policy.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_complaints)
                return [.. _complaints];
        }
    }

    internal static async Task<BrowserPage> OpenAsync(IPage page, ICDPSession session)
    {
        var opened = new BrowserPage(page, session);
        await session.SendAsync("Audits.enable");
        return opened;
    }

    /// <param name="width">In CSS pixels.</param>
    public async Task ShapeAsync(int width, int height, bool dark = false, bool mobile = false, string media = "")
    {
        await _page.SetViewportSizeAsync(width, height);
        // A phone's layout can't be switched on for an open page otherwise.
        await _session.SendAsync(
            "Emulation.setDeviceMetricsOverride",
            new Dictionary<string, object>
            {
                ["width"] = width,
                ["height"] = height,
                ["deviceScaleFactor"] = 1,
                ["mobile"] = mobile,
            }
        );
        // Playwright's own emulation of print ends when a page of another process is opened (1.64, Chromium 156).
        await _session.SendAsync(
            "Emulation.setEmulatedMedia",
            new Dictionary<string, object>
            {
                ["media"] = media,
                ["features"] = new[]
                {
                    new Dictionary<string, string>
                    {
                        ["name"] = "prefers-color-scheme",
                        ["value"] = dark ? "dark" : "light",
                    },
                    new Dictionary<string, string> { ["name"] = "prefers-reduced-motion", ["value"] = "reduce" },
                },
            }
        );
    }

    public Task ScriptsAsync(bool on) =>
        _session.SendAsync("Emulation.setScriptExecutionDisabled", new Dictionary<string, object> { ["value"] = !on });

    /// <summary>Until everything is loaded and the script has run.</summary>
    public Task GoAsync(string address) => _page.GotoAsync(address);

    /// <summary>The value of an expression.</summary>
    public async Task<T> AskAsync<T>(string expression)
    {
        // Not Playwright's own evaluation, which takes a script that is a function's name for a call.
        var answer = await _session.SendAsync(
            "Runtime.evaluate",
            new Dictionary<string, object>
            {
                ["expression"] = expression,
                ["returnByValue"] = true,
                ["awaitPromise"] = true,
            }
        );
        if (answer!.Value.TryGetProperty("exceptionDetails", out var thrown))
            throw new InvalidOperationException(thrown.GetRawText());
        return answer.Value.GetProperty("result").GetProperty("value").Deserialize<T>()!;
    }

    /// <summary>Waits until two frames have been drawn, so that changes are visible.</summary>
    public Task DrawnAsync() =>
        AskAsync<bool>("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(true))))");

    /// <summary>Waits until an expression is true.</summary>
    /// <exception cref="TimeoutException">It is false for half a minute.</exception>
    public async Task UntilAsync(string expression)
    {
        // Playwright's own wait evaluates a string in the page, which the page's policy forbids.
        for (int i = 0; i < 300; i++)
        {
            if (await AskAsync<bool>(expression))
                return;
            await Task.Delay(100);
        }
        throw new TimeoutException($"never true: {expression}");
    }

    /// <param name="key">As in KeyboardEvent.key.</param>
    public Task PressAsync(string key) => _page.Keyboard.PressAsync(key);

    public Task TypeAsync(string text) => _page.Keyboard.InsertTextAsync(text);

    /// <param name="selector">As in CSS.</param>
    public Task ClickAsync(string selector) => _page.ClickAsync(selector);

    /// <summary>A picture of the window, or of the whole page.</summary>
    public Task ShootAsync(string file, bool whole = false) =>
        _page.ScreenshotAsync(new() { Path = file, FullPage = whole });

    /// <summary>The page as it is printed.</summary>
    public Task<byte[]> PrintAsync() => _page.PdfAsync(new() { PreferCSSPageSize = true });

    public Task CloseAsync() => _page.Context.CloseAsync();

    private static void Add(List<string> to, string text)
    {
        lock (to)
            to.Add(text);
    }
}
