package containers

import (
	"slices"
	"strings"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/container/events"
)

// eventFilters are what --filter says of events.
type eventFilters struct{ command.Filters }

// eventFilterKeys are Docker's filters. Of daemons, networks and all that belongs to a cluster there
// are no events.
func eventFilterKeys() []string {
	return []string{
		"config", "container", "daemon", "event", "image", "label", "network", "node", "plugin", "scope", "secret", "service", "type", "volume",
	}
}

// hold reports whether one of the values of each filter is the event's, and all of its labels.
func (f *eventFilters) hold(e *events.Event) bool {
	for key, values := range f.Filters {
		if key != "label" && !slices.ContainsFunc(values, func(value string) bool { return eventIs(e, key, value) }) {
			return false
		}
	}
	return f.Labels(e.Attributes)
}

func eventIs(e *events.Event, key, value string) bool {
	switch key {
	case "container", "volume":
		return e.Type == key && (strings.HasPrefix(e.ID, value) || strings.HasPrefix(e.Attributes["name"], value))
	case "event": // exec_start and health_status say more behind a colon
		action, _, _ := strings.Cut(e.Action, ":")
		return value == e.Action || value == action
	case "image":
		name := e.Attributes["image"]
		if e.Type == events.TypeImage {
			name = e.Attributes["name"]
		}
		return slices.Contains([]string{e.ID, name, withoutTag(name)}, value) || name == value+":latest"
	case "scope":
		return value == "local"
	case "type":
		return e.Type == value
	}
	return false
}

// withoutTag is the name of an image without what stands behind the last colon.
func withoutTag(name string) string {
	if at := strings.LastIndexByte(name, ':'); at > strings.LastIndexByte(name, '/') {
		return name[:at]
	}
	return name
}
