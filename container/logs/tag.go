package logs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/utils"
)

// expandTag puts what is known of a container into a tag: {{.Name}} and the like. It is no
// template of package text/template, which the program that starts containers does not link.
func expandTag(tag string, info Info) (string, error) {
	var expanded strings.Builder
	for rest := tag; rest != ""; {
		before, field, found := strings.Cut(rest, "{{")
		expanded.WriteString(before)
		if !found {
			break
		}
		field, after, found := strings.Cut(field, "}}")
		value, known := tagField(strings.TrimSpace(field), info)
		if !found || !known {
			return "", fmt.Errorf("{{%s}} is not there in a tag: there are .ID, .FullID, .Name, .ImageID, .ImageFullID, .ImageName, .Command and .DaemonName",
				utils.Shortened(field))
		}
		expanded.WriteString(value)
		rest = after
	}
	return expanded.String(), nil
}

func tagField(field string, info Info) (value string, known bool) {
	switch field {
	case ".ID":
		return short(info.ID), true
	case ".FullID":
		return info.ID, true
	case ".Name":
		return info.Name, true
	case ".ImageID":
		return short(strings.TrimPrefix(info.ImageID, "sha256:")), true
	case ".ImageFullID":
		return info.ImageID, true
	case ".ImageName":
		return info.Image, true
	case ".Command":
		return strings.Join(info.Command, " "), true
	case ".DaemonName":
		return "mydocker", true
	}
	return "", false
}

// short is an id as it is shown.
func short(id string) string { return id[:min(len(id), 12)] }

// attributes are the labels and variables of the container that each record has, and its tag.
func (o *options) attributes(info Info) (map[string]string, error) {
	attrs := make(map[string]string)
	for _, name := range o.labels {
		if value, found := info.Labels[name]; found {
			attrs[name] = value
		}
	}
	for _, variable := range info.Env {
		name, value, found := strings.Cut(variable, "=")
		if found && slices.Contains(o.env, name) {
			attrs[name] = value
		}
	}
	if o.tag != "" {
		tag, err := expandTag(o.tag, info)
		if err != nil {
			return nil, err
		}
		attrs["tag"] = tag
	}
	return attrs, nil
}

// encodeAttributes is the member of JSON that has them, with the comma before it; "" for none.
func encodeAttributes(attrs map[string]string) string {
	if len(attrs) == 0 {
		return ""
	}
	encoded := []byte(`,"attrs":{`)
	for i, name := range slices.Sorted(maps.Keys(attrs)) {
		if i > 0 {
			encoded = append(encoded, ',')
		}
		encoded = append(encoded, '"')
		encoded = appendInvalid(encoded, []byte(name))
		encoded = append(encoded, `":"`...)
		encoded = appendInvalid(encoded, []byte(attrs[name]))
		encoded = append(encoded, '"')
	}
	return string(append(encoded, '}'))
}
