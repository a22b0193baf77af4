"""A clipboard manager for X11: keeps the text of a program that ends, as desktops' managers do.

Owns CLIPBOARD_MANAGER; asked to SAVE_TARGETS it reads the text of CLIPBOARD and then owns CLIPBOARD itself
(ICCCM section 2.7, freedesktop.org's clipboard-manager specification). Prints `ready`, and `kept` for each text
that it took over. Needs python3-xlib; DISPLAY names the server.
"""
from Xlib import X, Xatom, display
from Xlib.protocol import event

server = display.Display()
window = server.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
CLIPBOARD, MANAGER, SAVE, TARGETS, UTF8, KEPT = (
    server.intern_atom(name)
    for name in ('CLIPBOARD', 'CLIPBOARD_MANAGER', 'SAVE_TARGETS', 'TARGETS', 'UTF8_STRING', 'KEYFOB_TEST_KEPT')
)
kept = None


def say(text):
    print(text, flush=True)


def reply(request, done):
    request.requestor.send_event(
        event.SelectionNotify(
            time=request.time,
            requestor=request.requestor,
            selection=request.selection,
            target=request.target,
            property=request.property if done else X.NONE,
        )
    )
    server.flush()


def save(request):
    """Reads the text while its owner waits, then takes the selection over."""
    global kept
    window.convert_selection(CLIPBOARD, UTF8, KEPT, request.time)
    while True:
        now = server.next_event()
        if now.type == X.SelectionNotify and now.selection == CLIPBOARD:
            break
    value = window.get_full_property(KEPT, X.AnyPropertyType) if now.property != X.NONE else None
    if value is not None and len(value.value) > 0:
        kept = bytes(value.value)
        window.set_selection_owner(CLIPBOARD, X.CurrentTime)
        say('kept')
    reply(request, True)


def give(request):
    place = request.property if request.property != X.NONE else request.target
    if kept is not None and request.target == TARGETS:
        request.requestor.change_property(place, Xatom.ATOM, 32, [TARGETS, UTF8, Xatom.STRING])
    elif kept is not None and request.target in (UTF8, Xatom.STRING):
        request.requestor.change_property(place, request.target, 8, kept)
    else:
        return reply(request, False)
    reply(request, True)


window.set_selection_owner(MANAGER, X.CurrentTime)
server.flush()
say('ready')
while True:
    found = server.next_event()
    if found.type == X.SelectionRequest:
        if found.selection == MANAGER and found.target == SAVE:
            save(found)
        elif found.selection == MANAGER and found.target == TARGETS:
            found.requestor.change_property(found.property, Xatom.ATOM, 32, [TARGETS, SAVE])
            reply(found, True)
        else:
            give(found)
    elif found.type == X.SelectionClear and found.atom == CLIPBOARD:
        kept = None
