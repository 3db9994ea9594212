// How a person looks for a scene: the same box in every view, and the plugin finds it.
import React from "react";
import { Button, Form } from "react-bootstrap";

const LONGEST = 200;

interface BoxProps {
  readonly box: React.RefObject<HTMLInputElement>;
  readonly value: string;
  change: (value: string) => void;
}

/** Words of a title or of a path, or a scene's number. */
export const SearchBox: React.FC<BoxProps> = ({ box, value, change }) => (
  <Form.Control
    ref={box}
    className="input-control"
    type="search"
    aria-label="Title, file or number of a scene"
    placeholder="Title, file or number"
    maxLength={LONGEST}
    value={value}
    onChange={(event) => change(event.target.value)}
  />
);

interface FormProps {
  /** Of what is searched, for a screen reader. */
  readonly name: string;
  readonly search: string;
  readonly box: React.RefObject<HTMLInputElement>;
  choose: (search: string) => void;
  clear: () => void;
}

/** The box with its buttons, where it is the only filter. */
export const SearchForm: React.FC<FormProps> = ({ name, search, box, choose, clear }) => {
  const [typed, setTyped] = React.useState(search);
  React.useEffect(() => setTyped(search), [search]);
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    choose(typed.trim());
  };
  return (
    <Form className="plexsync-filters" role="search" aria-label={name} onSubmit={submit}>
      <SearchBox box={box} value={typed} change={setTyped} />
      <Button type="submit" variant="primary">
        Search
      </Button>
      {search && (
        <Button variant="secondary" onClick={clear}>
          Clear
        </Button>
      )}
    </Form>
  );
};

interface NothingProps {
  /** A sentence. */
  readonly text: string;
  readonly search: string;
  /** What the way out is called. */
  readonly all: string;
  clear: () => void;
}

/** Why the list is empty, and the way out. */
export const NothingFound: React.FC<NothingProps> = ({ text, search, all, clear }) => (
  <div role="status">
    <p>
      <strong>Nothing found.</strong> {text}
    </p>
    {search && <p className="text-muted">Each word must stand there, in capitals or not; fewer words find more.</p>}
    <Button size="sm" variant="secondary" onClick={clear}>
      {all}
    </Button>
  </div>
);
