// htmx notes in sessionStorage which page was open last. This site leaves nothing in a visitor's browser:
// without a store htmx goes on as it does where the browser forbids one.
Object.defineProperty(window, "sessionStorage", { value: null });
