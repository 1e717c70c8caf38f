interface LocationFieldsProps {
  locations: readonly { id: number; name: string }[];
  nameOf: (locationId: number) => string;
  isBlueDart: boolean;
}

export function LocationFields({ locations, nameOf, isBlueDart }: LocationFieldsProps) {
  return (
    <fieldset className="locations">
      <legend>Locations, as the carrier has registered them</legend>
      {locations.map(({ id, name }) => (
        <label className="field" key={id}>
          {name}
          <input
            name={`location-${id}`}
            maxLength={100}
            defaultValue={nameOf(id)}
            placeholder={name}
            data-testid={`location-${id}`}
          />
        </label>
      ))}
      <p className="hint muted small">
        Exact in case and spaces. Empty: the same name as here.
        {isBlueDart && ' Blue Dart: the area code, such as COK.'}
      </p>
    </fieldset>
  );
}
