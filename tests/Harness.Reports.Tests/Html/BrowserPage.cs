using System.Text.Json.Nodes;

namespace Harness.Reports.Tests.Html;

/// <summary>One tab. It records network requests, errors and policy violations.</summary>
internal sealed class BrowserPage
{
    private readonly Browser _browser;
    private readonly string _target;
    private readonly string _session;
    private readonly List<string> _requests = [];
    private readonly List<string> _complaints = [];
    private TaskCompletionSource? _loaded;

    private BrowserPage(Browser browser, string target, string session) =>
        (_browser, _target, _session) = (browser, target, session);

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
            lock (_requests)
                return [.. _complaints];
        }
    }

    public static async Task<BrowserPage> OpenAsync(Browser browser, string target, string session)
    {
        var page = new BrowserPage(browser, target, session);
        browser.Listen(session, page.Told);
        foreach (string domain in new[] { "Page", "Network", "Runtime", "Log", "Audits" })
            await page.SendAsync($"{domain}.enable");
        return page;
    }

    /// <param name="width">In CSS pixels.</param>
    public async Task ShapeAsync(int width, int height, bool dark = false, bool mobile = false, string media = "")
    {
        await SendAsync(
            "Emulation.setDeviceMetricsOverride",
            new JsonObject
            {
                ["width"] = width,
                ["height"] = height,
                ["deviceScaleFactor"] = 1,
                ["mobile"] = mobile,
            }
        );
        await SendAsync(
            "Emulation.setEmulatedMedia",
            new JsonObject
            {
                ["media"] = media,
                ["features"] = new JsonArray(
                    new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" },
                    new JsonObject { ["name"] = "prefers-reduced-motion", ["value"] = "reduce" }
                ),
            }
        );
    }

    public Task ScriptsAsync(bool on) =>
        SendAsync("Emulation.setScriptExecutionDisabled", new JsonObject { ["value"] = !on });

    /// <summary>Until everything is loaded and the script has run.</summary>
    public async Task GoAsync(string address)
    {
        _loaded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var went = await SendAsync("Page.navigate", new JsonObject { ["url"] = address });
        if (went["errorText"] is { } error)
            throw new InvalidOperationException($"{address}: {error}");
        if (went["loaderId"] is not null) // null: within the same document
            await _loaded.Task;
    }

    /// <summary>The value of an expression.</summary>
    public async Task<T> AskAsync<T>(string expression)
    {
        var answer = await SendAsync(
            "Runtime.evaluate",
            new JsonObject
            {
                ["expression"] = expression,
                ["returnByValue"] = true,
                ["awaitPromise"] = true,
            }
        );
        if (answer["exceptionDetails"] is { } thrown)
            throw new InvalidOperationException(thrown.ToJsonString());
        return answer["result"]!["value"]!.GetValue<T>();
    }

    /// <summary>Waits until two frames have been drawn, so that changes are visible.</summary>
    public Task DrawnAsync() =>
        AskAsync<bool>("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(true))))");

    /// <param name="key">As in KeyboardEvent.key.</param>
    public async Task PressAsync(string key)
    {
        int code = key switch
        {
            "Enter" => 13,
            "Escape" => 27,
            "Tab" => 9,
            "ArrowDown" => 40,
            "ArrowUp" => 38,
            "ArrowLeft" => 37,
            "ArrowRight" => 39,
            _ => char.ToUpperInvariant(key[0]),
        };
        var down = new JsonObject
        {
            ["type"] = "keyDown",
            ["key"] = key,
            ["windowsVirtualKeyCode"] = code,
        };
        if (key.Length == 1)
            down["text"] = key;
        await SendAsync("Input.dispatchKeyEvent", down);
        await SendAsync(
            "Input.dispatchKeyEvent",
            new JsonObject
            {
                ["type"] = "keyUp",
                ["key"] = key,
                ["windowsVirtualKeyCode"] = code,
            }
        );
    }

    public Task TypeAsync(string text) => SendAsync("Input.insertText", new JsonObject { ["text"] = text });

    /// <summary>A picture of the window, or of the whole page.</summary>
    public async Task ShootAsync(string file, bool whole = false)
    {
        var shot = await SendAsync(
            "Page.captureScreenshot",
            new JsonObject { ["format"] = "png", ["captureBeyondViewport"] = whole }
        );
        await File.WriteAllBytesAsync(file, Convert.FromBase64String(shot["data"]!.GetValue<string>()));
    }

    /// <summary>The page as it is printed.</summary>
    public async Task<byte[]> PrintAsync()
    {
        var printed = await SendAsync(
            "Page.printToPDF",
            new JsonObject { ["printBackground"] = false, ["preferCSSPageSize"] = true }
        );
        return Convert.FromBase64String(printed["data"]!.GetValue<string>());
    }

    public Task CloseAsync() => _browser.SendAsync("Target.closeTarget", new JsonObject { ["targetId"] = _target });

    private Task<JsonObject> SendAsync(string method, JsonObject? parameters = null) =>
        _browser.SendAsync(method, parameters, _session);

    private void Told(string method, JsonObject told)
    {
        lock (_requests)
            switch (method)
            {
                case "Network.requestWillBeSent":
                    _requests.Add(told["request"]!["url"]!.GetValue<string>());
                    break;
                case "Page.loadEventFired":
                    _loaded?.TrySetResult();
                    break;
                case "Runtime.exceptionThrown" or "Log.entryAdded" or "Audits.issueAdded":
                    _complaints.Add(told.ToJsonString());
                    break;
                case "Runtime.consoleAPICalled"
                    when told["type"]!.GetValue<string>() is "error" or "warning" or "assert":
                    _complaints.Add(told.ToJsonString());
                    break;
            }
    }
}
