import React, { useState } from "react";
import { Button } from "react-bootstrap";
import { difference, pictureWords, shortened, text } from "../diff";

const SHORT = 300;

/** A value in its own direction of writing; of a long one the beginning, until somebody asks for more. */
const Words: React.FC<{ as: "del" | "ins"; words: string; name: string }> = ({ as: Tag, words, name }) => {
  const [whole, setWhole] = useState(false);
  const short = shortened(words, SHORT);
  return (
    <>
      <Tag dir="auto">{whole ? words : short}</Tag>
      {short !== words && (
        <Button
          size="sm"
          variant="secondary"
          className="minimal plexsync-undo"
          aria-expanded={whole}
          aria-label={`${whole ? "Show less" : "Show all"} of the ${Tag === "del" ? "old" : "new"} ${name}`}
          onClick={() => setWhole(!whole)}
        >
          {whole ? "Show less" : "Show all"}
        </Button>
      )}
    </>
  );
};

const isEmpty = (value: unknown): boolean => value === null || value === undefined || value === "";

const Empty: React.FC = () => <small className="text-muted">empty</small>;

/** Old and new value of a field, as a reader tells them apart. */
export const Value: React.FC<{ old: unknown; fresh: unknown; name: string }> = ({ old, fresh, name }) => {
  const picture = pictureWords(old, fresh);
  if (picture !== null) {
    return <>{picture}</>;
  }
  if (!Array.isArray(old) && !Array.isArray(fresh)) {
    return (
      <>
        {isEmpty(old) ? <Empty /> : <Words as="del" words={text(old)} name={name} />} <span aria-hidden="true">→</span>{" "}
        {isEmpty(fresh) ? <Empty /> : <Words as="ins" words={text(fresh)} name={name} />}
      </>
    );
  }
  const { removed, added, kept } = difference(old, fresh);
  return (
    <>
      {removed.map((one) => (
        <Words as="del" key={`-${one}`} words={one} name={name} />
      ))}{" "}
      {added.map((one) => (
        <Words as="ins" key={`+${one}`} words={one} name={name} />
      ))}
      {kept > 0 && <small className="text-muted"> {kept} kept</small>}
    </>
  );
};
